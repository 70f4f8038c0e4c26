# Week 12, exercise metrics: Recall, reciprocal rank and nDCG
# Difficulty 2 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Sets, logarithms.
# Write it by hand: sklearn.metrics.ndcg_score, sklearn.metrics.dcg_score, sklearn.metrics.recall_score may not be
# used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 5: is the retriever any good?

Three numbers from 0 to 1 for rankings of ids against the ids that people marked as relevant:
recall asks whether they were found at all, reciprocal rank how far down the first one is,
nDCG whether the better ones stand higher.
"""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence


def recall_at_k(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Return the share of the relevant ids that stand among the first k.

    The denominator is the number of distinct relevant ids, even if it is larger than k.
    An id counts once however often it stands in either list; in the ranking it takes up a place each time.
    Nothing relevant gives 0.0.
    A ranking shorter than k is no error.

    Raises:
        ValueError: if k is below 1.

    Source: Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, section 8.3.
    """
    raise NotImplementedError("week 12, metrics: write recall_at_k")


def mean_reciprocal_rank(rankings: Sequence[Sequence[Hashable]], relevant: Sequence[Collection[Hashable]]) -> float:
    """Return the mean over all queries of 1 / rank of the first relevant id.

    The first rank is 1, and a ranking is looked at to its end. A query whose ranking holds nothing relevant counts
    with 0, and is part of the mean. No query at all gives 0.0.

    Args:
        rankings: one ranking for each query.
        relevant: the relevant ids of each query, in the same order.

    Raises:
        ValueError: if there are not as many rankings as sets of relevant ids.

    Source: Voorhees 1999, The TREC-8 Question Answering Track Report, section 3.
    """
    raise NotImplementedError("week 12, metrics: write mean_reciprocal_rank")


def ndcg_at_k(ranked: Sequence[Hashable], gains: Mapping[Hashable, float], k: int) -> float:
    """Return the discounted gain of the first k, divided by that of the best possible ranking.

    The gain at rank i (the first is 1) is divided by log2(i + 1) and the quotients are summed.
    Gains, which are never negative, are used as they are (linear: not 2 ** gain - 1).
    An id that `gains` does not name has gain 0.
    An id that stands twice has its gain at its first place and 0 at later ones, where it still takes up the rank.
    The best possible ranking sorts all of `gains`, found or not, and is cut at k too.
    If its discounted gain is 0, the answer is 0.0.

    Raises:
        ValueError: if k is below 1.

    Source: Järvelin and Kekäläinen 2002, Cumulated Gain-Based Evaluation of IR Techniques, section 2.2,
        with the discount log2(i + 1) that is usual today.
    """
    raise NotImplementedError("week 12, metrics: write ndcg_at_k")

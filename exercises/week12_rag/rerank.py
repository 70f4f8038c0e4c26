# Week 12, exercise rerank: Late interaction and reranking
# Difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Masks and broadcasting (week 05), functions as arguments.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 10: look at a few candidates again, with more care than at all documents.

A first search is quick and misses little; a second one, too slow for everything, puts its best candidates in order.
Late interaction compares every word of the question with every word of a passage, and needs no model for it.
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def max_sim(
    query_vectors: Float[Tensor, "queries terms dim"],
    document_vectors: Float[Tensor, "documents length dim"],
    query_mask: Int[Tensor, "queries terms"] | Bool[Tensor, "queries terms"],
    document_mask: Int[Tensor, "documents length"] | Bool[Tensor, "documents length"],
) -> Float[Tensor, "queries documents"]:
    """Score every document for every query by late interaction.

    The score is the sum, over the real tokens of the query, of the largest dot product with a real token of the
    document. Vectors are used as they are: for cosines, scale them to length 1 before.
    Whatever stands at a padded position, NaN and infinity too, has no influence on scores and gradients.
    A document without any real token scores minus infinity; for a query without any, every other document scores 0.
    Dot products are made in float32 at least, in float64 for float64 vectors; the answer has the dtype of
    `query_vectors`.

    Args:
        query_mask: 1 or True at a real token, 0 or False at padding, which may stand on either side.
        document_mask: the same for documents.

    Source: Khattab and Zaharia 2020, ColBERT, section 3.3, equation 3, without the linear layer before.
    """
    raise NotImplementedError("week 12, rerank: write max_sim")


def rerank(
    query: str,
    candidates: Sequence[str],
    score: Callable[[str, list[str]], Sequence[float]],
    k: int,
    batch_size: int = 32,
) -> list[tuple[int, float]]:
    """Score the candidates of a first search anew; return (position, score) of the k best, best first.

    `score(query, texts)` gives one number for each of a list of texts, in their order, and more is better.
    It is called with `batch_size` candidates at a time, in the order given, and at last with those that are left: every
    candidate is scored once, also if its text stands there twice. Without candidates it is not called.
    All of them are scored before the k best are chosen, and there are fewer only if there are fewer candidates.
    Equal scores come in the order of the candidates, which is that of the first search.
    A score that is NaN ranks behind all others, and behind minus infinity too.

    Returns:
        Positions in `candidates`, and scores as float.

    Raises:
        ValueError: if k or `batch_size` is below 1, before anything is scored, or if `score` gives more or fewer
            numbers than it was given texts.

    Source: Nogueira and Cho 2019, Passage Re-ranking with BERT (a quick search, then a careful one).
    """
    raise NotImplementedError("week 12, rerank: write rerank")

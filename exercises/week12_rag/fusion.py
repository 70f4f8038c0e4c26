# Week 12, exercise fusion: Rank fusion and diversity
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Dicts and stable sorting, cosine similarity.
# An extra: it is worth no points, and the week is done without it.
# What counts as fast: One product of the candidates with a vector for each choice, not one for each pair. At most 7
# times the reference's time.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 8: several rankings into one, and one ranking without repetition.

Reciprocal rank fusion joins a keyword search and a vector search whose scores cannot be compared.
Maximal marginal relevance chooses passages that are relevant and do not say the same thing again.
"""

from collections.abc import Hashable

import torch
from jaxtyping import Float
from torch import Tensor


def reciprocal_rank_fusion(rankings: list[list[Hashable]], k: float = 60) -> list[tuple[Hashable, float]]:
    """Join rankings of ids into one list of (id, score), best first.

    The score of an id is the sum over the rankings that hold it of 1 / (k + rank), and the first rank is 1.
    A ranking without the id adds nothing. An id that stands twice in one ranking counts once, at its better rank,
    and the ranks behind it stay as they are.
    Equal scores: the id comes first that is met first when the rankings are read one after the other.

    Source: Cormack, Clarke and Büttcher 2009, Reciprocal Rank Fusion, section 2.
    """
    raise NotImplementedError("week 12, fusion: write reciprocal_rank_fusion")


def maximal_marginal_relevance(
    query: Float[Tensor, " dim"],
    candidates: Float[Tensor, "n dim"],
    k: int,
    trade_off: float = 0.5,
) -> list[int]:
    """Choose k candidates one by one, each relevant and unlike those chosen before.

    The first choice is the candidate with the largest cosine with the query, whatever the trade-off.
    Every further choice is the one not yet chosen with the largest

        trade_off * cosine(query, candidate) - (1 - trade_off) * max over the chosen of cosine(chosen, candidate)

    Equal values: the lower position. The cosine with a vector of zeros is 0.

    Args:
        k: how many, 0 or more; all candidates if there are fewer, and none if there are none.
        trade_off: 1 looks at relevance alone, 0 at novelty alone.

    Returns:
        Positions in `candidates`, in the order of choice.

    Source: Carbonell and Goldstein 1998, The Use of MMR, section 2.
    """
    raise NotImplementedError("week 12, fusion: write maximal_marginal_relevance")

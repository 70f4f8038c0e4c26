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
    # BEGIN SOLUTION
    scores: dict[Hashable, float] = {}
    for ranking in rankings:
        best_rank: dict[Hashable, int] = {}
        for rank, name in enumerate(ranking, start=1):
            best_rank.setdefault(name, rank)
        for name, rank in best_rank.items():
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    # A dict remembers the order in which ids were met, and a sort in Python is stable.
    return sorted(scores.items(), key=lambda item: item[1], reverse=True)
    # END SOLUTION


# BEGIN SOLUTION
def _unit(vectors: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors / length.masked_fill(length == 0, 1)


# END SOLUTION


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
    # BEGIN SOLUTION
    units = _unit(candidates)
    relevance = units @ _unit(query)
    value = relevance
    likeness = torch.full_like(relevance, -torch.inf)  # to the nearest choice; one more choice can only raise it
    chosen: list[int] = []
    for _ in range(min(k, len(candidates))):
        pick = int(value.argmax())  # of equal values argmax names the first
        chosen.append(pick)
        likeness = torch.maximum(likeness, units @ units[pick])
        value = trade_off * relevance - (1 - trade_off) * likeness
        value[chosen] = -torch.inf
    return chosen
    # END SOLUTION

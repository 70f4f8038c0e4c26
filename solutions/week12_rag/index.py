"""Week 12, exercise 3: find the nearest vectors, exactly.

`VectorIndex` compares a query with everything it holds. It knows nothing about texts: it holds vectors and the whole
numbers that name them.
"""

import torch
from jaxtyping import Float, Int
from tables import Table, unit
from torch import Tensor

METRICS = ("cosine", "dot", "euclidean")


# BEGIN SOLUTION
def _similarity(
    queries: Float[Tensor, "queries dim"], vectors: Float[Tensor, "n dim"], metric: str
) -> Float[Tensor, "queries n"]:
    if metric == "euclidean":
        # The usual trick |q|^2 - 2 q.v + |v|^2 subtracts large equal numbers: far from the origin nothing is left.
        return -torch.cdist(queries, vectors, compute_mode="donot_use_mm_for_euclid_dist")
    if metric == "cosine":
        queries, vectors = unit(queries), unit(vectors)
    return queries @ vectors.T


def _best(
    scores: Float[Tensor, " n"], rows: Int[Tensor, " n"], k: int
) -> tuple[Float[Tensor, " found"], Int[Tensor, " found"]]:
    """Return the k highest scores and their rows, best first; among equal scores the lower row."""
    if len(scores) > k:
        # topk is much cheaper than a sort but breaks ties as it likes, so it only says how good one must be.
        worst = scores.topk(k).values[-1]
        contenders = (scores >= worst).nonzero().squeeze(1)
        scores, rows = scores[contenders], rows[contenders]
    rows, order = rows.sort()
    scores, order = scores[order].sort(descending=True, stable=True)
    return scores[:k], rows[order[:k]]


# END SOLUTION


class VectorIndex:
    """An exact index: every search looks at every vector.

    A higher score is a better match, whatever the metric:

    - "cosine": the cosine of the angle, however short the vectors are; with a vector of zeros, stored or
      asked for, it is 0.
    - "dot": the dot product, lengths included.
    - "euclidean": minus the distance (not squared). It must stay exact to rounding for vectors far from the origin.

    Equal scores come in the order in which the vectors were added.
    Vectors and queries have one floating dtype, which the scores have too; ids are int64.

    Raises:
        ValueError: if `metric` is none of METRICS.

    Source: Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, section 6.3.
    """

    def __init__(self, metric: str = "cosine") -> None:
        # BEGIN SOLUTION
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {METRICS}, not {metric!r}")
        self.metric = metric
        self.table = Table()
        # END SOLUTION

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids, behind those that are there already.

        Raises:
            ValueError: if there are not as many ids as vectors, an id stands there twice or is in the index already,
                or the width differs from that of earlier vectors. The index is then as it was before.
        """
        # BEGIN SOLUTION
        self.table.append(vectors, ids)
        # END SOLUTION

    def search(
        self, queries: Float[Tensor, "queries dim"], k: int
    ) -> tuple[Float[Tensor, "queries found"], Int[Tensor, "queries found"]]:
        """Return (scores, ids) of the k best vectors for every query, best first.

        `found` is k, or the number of vectors in the index if that is smaller: 0 columns for an empty index.
        Only the contenders for the k places may be sorted: a stable sort of all scores is too slow.

        Raises:
            ValueError: if k is below 1.
        """
        # BEGIN SOLUTION
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        found = min(k, len(self.table))
        scores = queries.new_empty(len(queries), found)
        ids = torch.empty(len(queries), found, dtype=torch.int64, device=queries.device)
        if found == 0:
            return scores, ids
        rows = torch.arange(len(self.table), device=queries.device)
        for query, similarity in enumerate(_similarity(queries, self.table.vectors, self.metric)):
            scores[query], best = _best(similarity, rows, k)
            ids[query] = self.table.ids[best]
        return scores, ids
        # END SOLUTION

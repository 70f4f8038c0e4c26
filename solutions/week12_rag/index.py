"""Week 12, exercise 3: find the nearest vectors, exactly and approximately.

`VectorIndex` compares a query with everything it holds. `InvertedFileIndex` first sorts the vectors into cells
and looks only into the few cells nearest to the query: it may miss a neighbour, and it is many times faster.
Both know nothing about texts: they hold vectors and the whole numbers that name them.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

METRICS = ("cosine", "dot", "euclidean")


# BEGIN SOLUTION
KMEANS_STEPS = 8
TRAINING_VECTORS_PER_CELL = 32  # k-means sees a sample: more than this moves the centroids very little
BLOCK = 8192  # vectors assigned at once, so that the table vectors x cells stays small


class _Table:
    """Vectors and their ids in the order in which they were added."""

    def __init__(self) -> None:
        self.vectors: Tensor | None = None
        self.ids: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.ids is None else len(self.ids)

    def append(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        ids = torch.as_tensor(ids, dtype=torch.int64, device=vectors.device)
        if len(vectors) != len(ids):
            raise ValueError(f"{len(vectors)} vectors, but {len(ids)} ids")
        if self.vectors is not None:
            if vectors.shape[1] != self.vectors.shape[1]:
                raise ValueError(f"vectors of width {vectors.shape[1]}, the index holds width {self.vectors.shape[1]}")
            vectors, ids = torch.cat([self.vectors, vectors]), torch.cat([self.ids, ids])
        if len(ids.unique()) != len(ids):
            raise ValueError("every id must be new")
        self.vectors, self.ids = vectors, ids  # only now: a refused call changes nothing


def _unit(vectors: Float[Tensor, "n dim"]) -> Float[Tensor, "n dim"]:
    """Scale to length 1; zeros stay zeros, so their cosine with anything is 0."""
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors / length.masked_fill(length == 0, 1)


def _similarity(
    queries: Float[Tensor, "queries dim"], vectors: Float[Tensor, "n dim"], metric: str
) -> Float[Tensor, "queries n"]:
    if metric == "euclidean":
        # The usual trick |q|^2 - 2 q.v + |v|^2 subtracts large equal numbers: far from the origin nothing is left.
        return -torch.cdist(queries, vectors, compute_mode="donot_use_mm_for_euclid_dist")
    if metric == "cosine":
        queries, vectors = _unit(queries), _unit(vectors)
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


def _nearest_cell(units: Float[Tensor, "n dim"], centroids: Float[Tensor, "cells dim"]) -> Int[Tensor, " n"]:
    return torch.cat([(block @ centroids.T).argmax(dim=1) for block in units.split(BLOCK)])


def _centroids(units: Float[Tensor, "n dim"], cells: int, seed: int) -> Float[Tensor, "cells dim"]:
    """Spherical k-means: centroids are directions, and nearest means the largest cosine."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(units), generator=generator).to(units.device)
    sample = units[shuffled[: cells * TRAINING_VECTORS_PER_CELL]]
    centroids = sample[:cells]
    for _ in range(KMEANS_STEPS):
        sums = torch.zeros_like(centroids).index_add(0, _nearest_cell(sample, centroids), sample)
        empty = (sums == 0).all(dim=1, keepdim=True)
        centroids = torch.where(empty, centroids, _unit(sums))  # an empty cell stays where it is
    return centroids


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
        self.table = _Table()
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


class InvertedFileIndex:
    """An approximate index for the cosine: vectors lie in cells, a search looks into the `probes` best cells.

    The first `add` that brings vectors learns the cells from them with k-means: a cell is the set of vectors
    that have its centroid as the nearest one. K-means may look at a sample. With 256 cells
    and 8 probes, at least 90 % of the 10 nearest of 100,000 clustered vectors must be found.
    There are at most as many cells as vectors; some may be empty, which does the others no harm.
    Later calls of `add` put their vectors into the cells that exist.
    Two indexes with the same arguments and the same calls give the same answers.
    The global random state is not touched.

    Args:
        cells: how many cells to learn.
        probes: how many cells a search looks into, those whose centroids have the largest cosine with the query.
            More than there are cells means all of them: the answer is then that of `VectorIndex("cosine")`.
        seed: of the randomness in k-means.

    Raises:
        ValueError: if `cells` or `probes` is below 1.

    Source: Jégou, Douze and Schmid 2011, Product quantization for nearest neighbor search, section IV.
    """

    def __init__(self, cells: int, probes: int, seed: int = 0) -> None:
        # BEGIN SOLUTION
        if cells < 1 or probes < 1:
            raise ValueError("cells and probes must be at least 1")
        self.cells, self.probes, self.seed = cells, probes, seed
        self.table = _Table()
        self.centroids: Tensor | None = None
        # The inverted file: for every cell the rows that lie in it, and their unit vectors side by side in memory.
        self.rows: list[Tensor] = []
        self.units: list[Tensor] = []
        # END SOLUTION

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids; refused calls as in `VectorIndex.add`."""
        # BEGIN SOLUTION
        self.table.append(vectors, ids)
        if len(self.table) == 0:
            return
        units = _unit(self.table.vectors)
        if self.centroids is None:
            self.centroids = _centroids(units, min(self.cells, len(units)), self.seed)
        cell = _nearest_cell(units, self.centroids)
        # Sorted by cell, the rows of each cell stand side by side, ready to be cut apart.
        rows = cell.argsort()
        sizes = cell.bincount(minlength=len(self.centroids)).tolist()
        self.rows, self.units = list(rows.split(sizes)), list(units[rows].split(sizes))
        # END SOLUTION

    def search(
        self, queries: Float[Tensor, "queries dim"], k: int
    ) -> tuple[Float[Tensor, "queries found"], Int[Tensor, "queries found"]]:
        """Return (scores, ids) of the k best vectors in the probed cells for every query, best first.

        `found` is as in `VectorIndex.search`. Where the probed cells hold fewer vectors, the row ends with
        score minus infinity and id -1. Equal scores come in the order in which the vectors were added.

        Raises:
            ValueError: if k is below 1.
        """
        # BEGIN SOLUTION
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        found = min(k, len(self.table))
        scores = queries.new_full((len(queries), found), -torch.inf)
        ids = torch.full((len(queries), found), -1, device=queries.device)
        if found == 0:
            return scores, ids
        queries = _unit(queries)
        nearest = (queries @ self.centroids.T).topk(min(self.probes, len(self.centroids))).indices
        for query, cells in enumerate(nearest.tolist()):
            similarity = torch.cat([self.units[cell] for cell in cells]) @ queries[query]
            best_scores, best = _best(similarity, torch.cat([self.rows[cell] for cell in cells]), k)
            scores[query, : len(best)] = best_scores
            ids[query, : len(best)] = self.table.ids[best]
        return scores, ids
        # END SOLUTION

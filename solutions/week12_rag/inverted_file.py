"""Week 12, exercise 9: look only where the neighbours probably are.

An inverted file sorts its vectors into cells and searches the few cells nearest to the query: it may miss a neighbour,
and it is many times faster than an exact search.
"""

import torch
from jaxtyping import Float, Int
from tables import Table, unit
from torch import Tensor

# BEGIN SOLUTION
KMEANS_STEPS = 8
TRAINING_VECTORS_PER_CELL = 32  # k-means sees a sample: more than this moves the centroids very little
BLOCK = 8192  # vectors assigned at once, so that the table vectors x cells stays small


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
        centroids = torch.where(empty, centroids, unit(sums))  # an empty cell stays where it is
    return centroids


# END SOLUTION


class InvertedFileIndex:
    """An approximate index for the cosine: vectors lie in cells, a search looks into the `probes` best cells.

    The first `add` that brings vectors learns the cells with k-means, from all of them or from a sample: a cell is
    the set of vectors that have its centroid as the nearest one. k-means begins at vectors that are drawn with `seed`:
    another seed gives other cells. With 256 cells and 8 probes, at least 90 % of the 10 nearest of 100,000 clustered
    vectors must be found.
    There are at most as many cells as vectors; some may be empty, which does the others no harm. (A centroid of zeros
    would: it seems nearer than every centroid at more than a right angle to the query.)
    Later calls of `add` put their vectors into the cells that exist.
    Two indexes with the same arguments and the same calls give the same answers.
    The global random state is not touched.

    Args:
        cells: how many cells to learn.
        probes: how many cells a search looks into, those whose centroids have the largest cosine with the query.
            More than there are cells means all of them: the answer is then that of an exact search.
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
        self.table = Table()
        self.centroids: Tensor | None = None
        # The inverted file: for every cell the rows that lie in it, and their unit vectors side by side in memory.
        self.rows: list[Tensor] = []
        self.units: list[Tensor] = []
        # END SOLUTION

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids; refused calls as in `Table.append`."""
        # BEGIN SOLUTION
        self.table.append(vectors, ids)
        if len(self.table) == 0:
            return
        units = unit(self.table.vectors)
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

        `found` is k, or the number of vectors in the index if that is smaller: 0 columns for an empty index.
        Where the probed cells hold fewer vectors, the row ends with score minus infinity and id -1.
        Equal scores come in the order in which the vectors were added.

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
        queries = unit(queries)
        nearest = (queries @ self.centroids.T).topk(min(self.probes, len(self.centroids))).indices
        for query, cells in enumerate(nearest.tolist()):
            rows, order = torch.cat([self.rows[cell] for cell in cells]).sort()
            cosines = torch.cat([self.units[cell] for cell in cells])[order] @ queries[query]
            best = cosines.sort(descending=True, stable=True).indices[:k]  # stable: equal ones stay in their order
            scores[query, : len(best)] = cosines[best]
            ids[query, : len(best)] = self.table.ids[rows[best]]
        return scores, ids
        # END SOLUTION

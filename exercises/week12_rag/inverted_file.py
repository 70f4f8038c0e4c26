# Week 12, exercise inverted_file: An inverted file: approximate search
# Difficulty 4 of 5 · importance 3 of 5 · about 60 minutes
# It builds on: The exact index, k-means (week 02).
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: sklearn.neighbors.NearestNeighbors, sklearn.neighbors.KDTree, sklearn.neighbors.BallTree,
# sklearn.cluster.KMeans, sklearn.cluster.MiniBatchKMeans, sklearn.cluster.k_means, scipy.cluster.vq.kmeans,
# scipy.cluster.vq.kmeans2, scipy.spatial.cKDTree, scipy.spatial.KDTree, faiss.IndexFlatIP, faiss.IndexFlatL2,
# faiss.IndexIVFFlat, faiss.Kmeans may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: A search looks only at the vectors in the probed cells. At most 6 times the reference's time.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 9: look only where the neighbours probably are.

An inverted file sorts its vectors into cells and searches the few cells nearest to the query: it may miss a neighbour,
and it is many times faster than an exact search.
"""

import torch
from jaxtyping import Float, Int
from tables import Table, unit
from torch import Tensor


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
        raise NotImplementedError("week 12, inverted_file: write InvertedFileIndex.__init__")

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids; refused calls as in `Table.append`."""
        raise NotImplementedError("week 12, inverted_file: write InvertedFileIndex.add")

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
        raise NotImplementedError("week 12, inverted_file: write InvertedFileIndex.search")

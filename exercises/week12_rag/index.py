# Week 12, exercise index: Vector index, exact and inverted-file
# Difficulty 4 of 5 · importance 5 of 5 · about 120 minutes
# Write it by hand: sklearn.neighbors.NearestNeighbors, sklearn.neighbors.KDTree, sklearn.neighbors.BallTree,
# sklearn.cluster.KMeans, sklearn.cluster.MiniBatchKMeans, sklearn.cluster.k_means, scipy.cluster.vq.kmeans,
# scipy.cluster.vq.kmeans2, scipy.spatial.cKDTree, scipy.spatial.KDTree, faiss.IndexFlatIP, faiss.IndexFlatL2,
# faiss.IndexIVFFlat, faiss.Kmeans may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: An exact search makes one product for all queries and never sorts all scores; an inverted-file
# search looks only at the vectors in the probed cells. At most 5 times (exact) and 6 times (inverted file) the
# reference's time.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 3: find the nearest vectors, exactly and approximately.

`VectorIndex` compares a query with everything it holds. `InvertedFileIndex` first sorts the vectors into cells
and looks only into the few cells nearest to the query: it may miss a neighbour, and it is many times faster.
Both know nothing about texts: they hold vectors and the whole numbers that name them.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

METRICS = ("cosine", "dot", "euclidean")


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
        raise NotImplementedError("week 12, index: write VectorIndex.__init__")

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids, behind those that are there already.

        Raises:
            ValueError: if there are not as many ids as vectors, an id stands there twice or is in the index already,
                or the width differs from that of earlier vectors. The index is then as it was before.
        """
        raise NotImplementedError("week 12, index: write VectorIndex.add")

    def search(
        self, queries: Float[Tensor, "queries dim"], k: int
    ) -> tuple[Float[Tensor, "queries found"], Int[Tensor, "queries found"]]:
        """Return (scores, ids) of the k best vectors for every query, best first.

        `found` is k, or the number of vectors in the index if that is smaller: 0 columns for an empty index.
        Only the contenders for the k places may be sorted: a stable sort of all scores is too slow.

        Raises:
            ValueError: if k is below 1.
        """
        raise NotImplementedError("week 12, index: write VectorIndex.search")


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
        raise NotImplementedError("week 12, index: write InvertedFileIndex.__init__")

    def add(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids; refused calls as in `VectorIndex.add`."""
        raise NotImplementedError("week 12, index: write InvertedFileIndex.add")

    def search(
        self, queries: Float[Tensor, "queries dim"], k: int
    ) -> tuple[Float[Tensor, "queries found"], Int[Tensor, "queries found"]]:
        """Return (scores, ids) of the k best vectors in the probed cells for every query, best first.

        `found` is as in `VectorIndex.search`. Where the probed cells hold fewer vectors, the row ends with
        score minus infinity and id -1. Equal scores come in the order in which the vectors were added.

        Raises:
            ValueError: if k is below 1.
        """
        raise NotImplementedError("week 12, index: write InvertedFileIndex.search")

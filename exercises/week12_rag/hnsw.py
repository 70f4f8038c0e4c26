# Week 12, exercise hnsw: A graph in layers: HNSW
# Difficulty 5 of 5 · importance 3 of 5 · about 75 minutes
# It builds on: Heaps (heapq), graphs, the exact index.
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: sklearn.neighbors.NearestNeighbors, sklearn.neighbors.KDTree, sklearn.neighbors.BallTree,
# scipy.spatial.cKDTree, scipy.spatial.KDTree, faiss.IndexHNSWFlat, faiss.IndexFlatL2, hnswlib.Index may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 11: a graph in which a search walks towards the query.

Hierarchical navigable small worlds: every vector is linked to a few near ones, few vectors stand on upper layers whose
links reach far. A search begins on top, walks downhill layer by layer, and looks at a small part of what is stored.
"""

import heapq
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


class HNSWIndex:
    """An approximate index: a graph in layers.

    A vector is named by its place: 0 for the first that was added, 1 for the second, and so on.
    A new vector stands on the layers 0 to floor(-ln(u) / ln(m)), where u is drawn from `generator`, uniform between
    0 and 1 but never 0 (`torch.rand` can give 0, which has no logarithm): all vectors stand on layer 0, one in m on
    layer 1, one in m * m on layer 2.
    The global random state is not touched.
    Two indexes with the same arguments, generators in the same state and the same calls give the same answers.

    Adding a vector (algorithm 1): walk from the entry point down to the layer above its own; on each of its own layers
    search for the `ef_construction` nearest, and link it to at most m of them, in both directions.
    Which of them, the heuristic says (algorithm 4): go through the candidates from near to far, and take one only if
    it is nearer to the new vector than to each one taken before.
    A vector has at most 2 * m links on layer 0 and m on each layer above. Whoever gets one too many keeps those that
    the heuristic takes; no other link is ever lost: those whom it drops keep their own links to it.
    The entry point is the first vector, until one comes that stands on a higher layer, and so on.
    On a layer with two vectors or more, each one has a link.
    Every distance is computed by calling `self.distance`: setting another function there changes what is near.

    Args:
        generator: on the CPU.
        m: how many links a new vector gets at most on each layer.
        ef_construction: how many candidates a search keeps while a vector is added.

    Raises:
        ValueError: if `m` is below 2 or `ef_construction` is below 1.

    Source: Malkov and Yashunin 2016, Efficient and robust approximate nearest neighbor search using Hierarchical
        Navigable Small World graphs, algorithms 1 to 5; of algorithm 4 neither option.
    """

    def __init__(self, generator: torch.Generator, m: int = 16, ef_construction: int = 64) -> None:
        raise NotImplementedError("week 12, hnsw: write HNSWIndex.__init__")

    def distance(self, point: Float[Tensor, " dim"], others: Float[Tensor, "n dim"]) -> Float[Tensor, " n"]:
        """Given: squared Euclidean distances."""
        return (others - point).square().sum(dim=-1)

    def add(self, vectors: Float[Tensor, "new dim"]) -> None:
        """Add vectors, one after the other, behind those that are there already.

        Raises:
            ValueError: if the width differs from that of earlier vectors. The index is then as it was before, and
                nothing has been drawn from `generator`.
        """
        raise NotImplementedError("week 12, hnsw: write HNSWIndex.add")

    def links(self, layer: int) -> dict[int, list[int]]:
        """Return the graph of a layer: the place of each vector on it, and the places that it is linked to.

        A link leads to another vector of the same layer, and no two to the same one.
        A layer that nobody stands on gives an empty dict.
        """
        raise NotImplementedError("week 12, hnsw: write HNSWIndex.links")

    def search(
        self, queries: Float[Tensor, "queries dim"], k: int, ef: int = 64
    ) -> tuple[Float[Tensor, "queries found"], Int[Tensor, "queries found"]]:
        """Return (distances, places) of the k nearest vectors that a walk finds for every query, nearest first.

        From the entry point walk down to layer 1, each time to the nearest vector found there; on layer 0 keep
        the `ef` nearest of those met (algorithm 5). An `ef` below k counts as k.
        With at most 2 * m + 1 vectors and an `ef` of at least their number, the answer is exact.
        With m = 8 and `ef_construction` = 32, a search with `ef` = 32 among 1,200 clustered vectors must find 90 % of
        the 10 nearest, and compute at most a quarter of the distances.

        `found` is k, or the number of vectors in the index if that is smaller: 0 columns for an empty index.
        Where the walk finds fewer, the row ends with distance infinity and place -1.
        Distances are squared, as `distance` gives them, and have the dtype of the vectors; places are int64.
        Equal distances: the lower place first.

        Raises:
            ValueError: if k or `ef` is below 1.
        """
        raise NotImplementedError("week 12, hnsw: write HNSWIndex.search")

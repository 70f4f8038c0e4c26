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
        # BEGIN SOLUTION
        if m < 2 or ef_construction < 1:
            raise ValueError("m must be at least 2, ef_construction at least 1")
        self.generator, self.m, self.ef_construction = generator, m, ef_construction
        self.vectors: Tensor | None = None
        self.graph: list[dict[int, list[int]]] = []  # for each layer: place -> places that it is linked to
        self.entry = 0  # stands on the uppermost layer
        # END SOLUTION

    def distance(self, point: Float[Tensor, " dim"], others: Float[Tensor, "n dim"]) -> Float[Tensor, " n"]:
        """Given: squared Euclidean distances."""
        return (others - point).square().sum(dim=-1)

    def add(self, vectors: Float[Tensor, "new dim"]) -> None:
        """Add vectors, one after the other, behind those that are there already.

        Raises:
            ValueError: if the width differs from that of earlier vectors. The index is then as it was before, and
                nothing has been drawn from `generator`.
        """
        # BEGIN SOLUTION
        if self.vectors is not None and vectors.shape[1] != self.vectors.shape[1]:
            raise ValueError(f"vectors of width {vectors.shape[1]}, the index holds width {self.vectors.shape[1]}")
        first = 0 if self.vectors is None else len(self.vectors)
        self.vectors = vectors.clone() if self.vectors is None else torch.cat([self.vectors, vectors])
        for place in range(first, len(self.vectors)):
            self._insert(place)
        # END SOLUTION

    # BEGIN SOLUTION
    def _insert(self, place: int) -> None:
        """Algorithm 1."""
        uniform = 1 - float(torch.rand((), generator=self.generator))  # never 0
        level = math.floor(-math.log(uniform) / math.log(self.m))
        top = len(self.graph) - 1
        point = self.vectors[place]
        near = [self.entry] if self.graph else []
        for layer in range(top, level, -1):
            near = [found for _, found in self._search_layer(point, near, 1, layer)]
        for layer in range(min(top, level), -1, -1):
            candidates = self._search_layer(point, near, self.ef_construction, layer)
            self._link(place, candidates, layer)
            near = [found for _, found in candidates]
        if level > top:
            self.graph += [{place: []} for _ in range(level - top)]
            self.entry = place

    def _link(self, place: int, candidates: list[tuple[float, int]], layer: int) -> None:
        links = self.graph[layer]
        links[place] = self._diverse(candidates, self.m)
        most = self.m if layer else 2 * self.m
        for other in links[place]:
            links[other].append(place)
            if len(links[other]) > most:
                distances = self.distance(self.vectors[other], self.vectors[links[other]]).tolist()
                links[other] = self._diverse(sorted(zip(distances, links[other], strict=True)), most)

    def _diverse(self, candidates: list[tuple[float, int]], most: int) -> list[int]:
        """Algorithm 4. `candidates` are (distance from the vector that wants links, place), from near to far."""
        stored = self.vectors[[place for _, place in candidates]]
        to_taken = [math.inf] * len(candidates)  # the distance from each candidate to the nearest one taken
        taken: list[int] = []
        for number, (distance, place) in enumerate(candidates):
            if distance < to_taken[number]:
                taken.append(place)
                if len(taken) == most:
                    break
                to_taken = list(map(min, to_taken, self.distance(stored[number], stored).tolist()))
        return taken

    def _search_layer(
        self, point: Float[Tensor, " dim"], near: list[int], ef: int, layer: int
    ) -> list[tuple[float, int]]:
        """Algorithm 2: the ef nearest that a walk from `near` meets, as (distance, place) from near to far."""
        met = set(near)
        distances = self.distance(point, self.vectors[near]).tolist()
        # heapq gives the smallest first: to ask for the farthest of those kept, distances stand there negated.
        waiting = list(zip(distances, near, strict=True))
        kept = [(-distance, -place) for distance, place in waiting]
        heapq.heapify(waiting)
        heapq.heapify(kept)
        while waiting:
            distance, place = heapq.heappop(waiting)
            if distance > -kept[0][0] and len(kept) == ef:
                break  # all that waits is farther than all that is kept
            new = [other for other in self.graph[layer][place] if other not in met]
            if not new:
                continue
            met.update(new)
            for distance, other in zip(self.distance(point, self.vectors[new]).tolist(), new, strict=True):
                if len(kept) < ef or distance < -kept[0][0]:
                    heapq.heappush(waiting, (distance, other))
                    heapq.heappush(kept, (-distance, -other))
                    if len(kept) > ef:
                        heapq.heappop(kept)
        return sorted((-distance, -place) for distance, place in kept)

    # END SOLUTION

    def links(self, layer: int) -> dict[int, list[int]]:
        """Return the graph of a layer: the place of each vector on it, and the places that it is linked to.

        A link leads to another vector of the same layer, and no two to the same one.
        A layer that nobody stands on gives an empty dict.
        """
        # BEGIN SOLUTION
        if not 0 <= layer < len(self.graph):
            return {}
        return {place: list(others) for place, others in self.graph[layer].items()}
        # END SOLUTION

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
        # BEGIN SOLUTION
        if k < 1 or ef < 1:
            raise ValueError("k and ef must be at least 1")
        found = min(k, 0 if self.vectors is None else len(self.vectors))
        distances = queries.new_full((len(queries), found), torch.inf)
        places = torch.full((len(queries), found), -1, device=queries.device)
        if found == 0:
            return distances, places
        for row, query in enumerate(queries):
            near = [self.entry]
            for layer in range(len(self.graph) - 1, 0, -1):
                near = [place for _, place in self._search_layer(query, near, 1, layer)]
            best = self._search_layer(query, near, max(ef, k), 0)[:found]
            distances[row, : len(best)] = queries.new_tensor([distance for distance, _ in best])
            places[row, : len(best)] = torch.tensor([place for _, place in best], device=queries.device)
        return distances, places
        # END SOLUTION

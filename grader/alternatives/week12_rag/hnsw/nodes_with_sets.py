"""As tutorials write it: one object for each vector, sets of neighbours, one distance at a time."""

import math
from heapq import heappop, heappush

import torch


class Node:
    def __init__(self, place, vector, level):
        self.place, self.vector = place, vector
        self.friends = [set() for _ in range(level + 1)]


class HNSWIndex:
    def __init__(self, generator, m=16, ef_construction=64):
        if m < 2:
            raise ValueError("m")
        if ef_construction < 1:
            raise ValueError("ef_construction")
        self.generator, self.m, self.ef_construction = generator, m, ef_construction
        self.nodes = []
        self.entry = None

    def distance(self, point, others):
        return (others - point).square().sum(dim=-1)

    def between(self, point, node):
        return self.distance(point, node.vector.unsqueeze(0)).item()

    def add(self, vectors):
        if self.nodes and self.nodes[0].vector.shape[0] != vectors.shape[1]:
            raise ValueError("width")
        for vector in vectors.clone():
            exponential = torch.empty(()).exponential_(generator=self.generator).item()  # -ln(u)
            node = Node(len(self.nodes), vector, int(exponential * (1 / math.log(self.m))))
            if self.entry is not None:
                self.connect(node)
            self.nodes.append(node)
            if self.entry is None or len(node.friends) > len(self.entry.friends):
                self.entry = node

    def connect(self, node):
        nearest = self.entry
        for layer in reversed(range(len(self.entry.friends))):
            if layer >= len(node.friends):
                nearest = self.nearest(node.vector, [nearest], 1, layer)[0][1]
                continue
            starts = nearest if isinstance(nearest, list) else [nearest]
            found = self.nearest(node.vector, starts, self.ef_construction, layer)
            node.friends[layer] = self.select(found, self.m)
            for friend in node.friends[layer]:
                friend.friends[layer].add(node)
                limit = self.m if layer > 0 else self.m * 2
                if len(friend.friends[layer]) > limit:
                    ranked = [(self.between(friend.vector, other), other) for other in friend.friends[layer]]
                    ranked.sort(key=lambda pair: (pair[0], pair[1].place))
                    friend.friends[layer] = self.select(ranked, limit)
            nearest = [other for _, other in found]

    def select(self, ranked, limit):
        chosen = []
        for far, node in ranked:
            if all(self.between(other.vector, node) > far for other in chosen):
                chosen.append(node)
            if len(chosen) == limit:
                break
        return set(chosen)

    def nearest(self, point, starts, ef, layer):
        visited = {node.place for node in starts}
        candidates, results = [], []
        for node in starts:
            far = self.between(point, node)
            heappush(candidates, (far, node.place, node))
            heappush(results, (-far, -node.place, node))
        while candidates and candidates[0][0] <= -results[0][0]:
            _, _, node = heappop(candidates)
            for other in sorted(node.friends[layer], key=lambda friend: friend.place):
                if other.place in visited:
                    continue
                visited.add(other.place)
                far = self.between(point, other)
                if len(results) < ef or far < -results[0][0]:
                    heappush(candidates, (far, other.place, other))
                    heappush(results, (-far, -other.place, other))
                if len(results) > ef:
                    heappop(results)
        ranked = sorted((-far, -place) for far, place, _ in results)
        by_place = {-place: node for _, place, node in results}
        return [(far, by_place[place]) for far, place in ranked][:ef]

    def links(self, layer):
        levels = [(node.place, node.friends) for node in self.nodes]
        return {
            place: sorted(friend.place for friend in friends[layer])
            for place, friends in levels
            if 0 <= layer < len(friends)
        }

    def search(self, queries, k, ef=64):
        if k < 1 or ef < 1:
            raise ValueError("k, ef")
        n = min(k, len(self.nodes))
        distances = torch.full((len(queries), n), math.inf, dtype=queries.dtype, device=queries.device)
        places = torch.full((len(queries), n), -1, dtype=torch.int64, device=queries.device)
        if n:
            for i, query in enumerate(queries):
                start = self.entry
                for layer in range(len(start.friends) - 1, 0, -1):
                    start = self.nearest(query, [start], 1, layer)[0][1]
                for j, (far, node) in enumerate(self.nearest(query, [start], max(ef, k), 0)[:n]):
                    distances[i, j], places[i, j] = far, node.place
        return distances, places

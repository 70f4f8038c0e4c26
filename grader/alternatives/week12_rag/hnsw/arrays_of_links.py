"""Links in rows of a fixed width, as compiled libraries keep them, and walks with one sorted list in place of heaps."""

import math

import torch


class HNSWIndex:
    def __init__(self, generator, m=16, ef_construction=64):
        if not (m >= 2 and ef_construction >= 1):
            raise ValueError((m, ef_construction))
        self.generator, self.m, self.width = generator, m, ef_construction
        self.points, self.level, self.rows = [], [], []
        self.start, self.top, self.dim = -1, -1, None

    def distance(self, point, others):
        return (others - point).square().sum(dim=-1)

    def measure(self, point, places):
        return self.distance(point, torch.stack([self.points[place] for place in places])).tolist()

    def room(self, layer):
        return 2 * self.m if layer == 0 else self.m

    def neighbours(self, place, layer):
        return [other for other in self.rows[place][layer] if other >= 0]

    def add(self, vectors):
        if self.dim is not None and vectors.shape[1] != self.dim:
            raise ValueError(f"width {vectors.shape[1]}, not {self.dim}")
        self.dim = vectors.shape[1]
        for vector in vectors:
            self.put(vector.clone())

    def put(self, vector):
        new = len(self.points)
        drawn = torch.rand(1, generator=self.generator, dtype=torch.float64).item()
        level = int(-math.log(max(drawn, 1e-300)) / math.log(self.m))
        self.points.append(vector)
        self.level.append(level)
        self.rows.append([[-1] * self.room(layer) for layer in range(level + 1)])
        if self.start < 0:
            self.start, self.top = new, level
            return
        place = self.start
        for layer in range(self.top, level, -1):
            place = self.walk(vector, [place], 1, layer)[0][1]
        entries = [place]
        for layer in range(min(level, self.top), -1, -1):
            pool = self.walk(vector, entries, self.width, layer)
            chosen = self.choose(pool, self.m)
            self.write(new, layer, chosen)
            for other in chosen:
                theirs = [*self.neighbours(other, layer), new]
                if len(theirs) > self.room(layer):
                    far = self.measure(self.points[other], theirs)
                    theirs = self.choose(sorted(zip(far, theirs, strict=True)), self.room(layer))
                self.write(other, layer, theirs)
            entries = [other for _, other in pool]
        if level > self.top:
            self.start, self.top = new, level

    def write(self, place, layer, others):
        self.rows[place][layer] = others + [-1] * (self.room(layer) - len(others))

    def choose(self, pool, most):
        taken = []
        for far, place in pool:
            if len(taken) == most:
                break
            if not taken or min(self.measure(self.points[place], taken)) > far:
                taken.append(place)
        return taken

    def walk(self, point, entries, width, layer):
        """Keep one sorted list; look at the first that was not yet looked at, until there is none."""
        best = sorted(zip(self.measure(point, entries), entries, strict=True))
        met, done = set(entries), set()
        while True:
            best = best[:width]
            place = next((place for _, place in best if place not in done), None)
            if place is None:
                return best
            done.add(place)
            fresh = [other for other in self.neighbours(place, layer) if other not in met]
            if fresh:
                met.update(fresh)
                best = sorted(best + list(zip(self.measure(point, fresh), fresh, strict=True)))

    def links(self, layer):
        return {place: self.neighbours(place, layer) for place, level in enumerate(self.level) if level >= layer >= 0}

    def search(self, queries, k, ef=64):
        if min(k, ef) < 1:
            raise ValueError((k, ef))
        columns = min(k, len(self.points))
        distances, places = [], []
        for query in queries if columns else []:
            entries = [self.start]
            for layer in range(self.top, 0, -1):
                entries = [self.walk(query, entries, 1, layer)[0][1]]
            found = self.walk(query, entries, max(k, ef), 0)[:columns]
            found += [(math.inf, -1)] * (columns - len(found))
            distances.append([far for far, _ in found])
            places.append([place for _, place in found])
        shape = (len(queries), columns)
        return (
            torch.tensor(distances, dtype=queries.dtype, device=queries.device).reshape(shape),
            torch.tensor(places, dtype=torch.int64, device=queries.device).reshape(shape),
        )

"""Lists of parts joined at search time; k-means with means that are scaled at the end of each round."""

import torch


def unit(vectors):
    length = vectors.square().sum(dim=1, keepdim=True).sqrt()
    return torch.where(length > 0, vectors / length, torch.zeros_like(vectors))


class Parts:
    def __init__(self):
        self.parts, self.names, self.known = [], [], set()

    def put(self, vectors, ids):
        names = ids.tolist()
        wrong = len(names) != len(vectors) or len(set(names)) < len(names) or self.known & set(names)
        if wrong or (self.parts and self.parts[0].shape[1] != vectors.shape[1]):
            raise ValueError("refused")
        self.parts.append(vectors.clone())
        self.names.append(ids.clone())
        self.known |= set(names)


class InvertedFileIndex:
    def __init__(self, cells, probes, seed=0):
        if min(cells, probes) < 1:
            raise ValueError((cells, probes))
        self.cells, self.probes, self.seed = cells, probes, seed
        self.store, self.centres = Parts(), None

    def add(self, vectors, ids):
        self.store.put(vectors, ids)
        if not self.store.known:
            return
        self.vectors, self.names = unit(torch.cat(self.store.parts)), torch.cat(self.store.names)
        if self.centres is None:
            self.centres = self.learn(self.vectors)
        cell = torch.cat([self.nearest(part) for part in self.vectors.split(5_000)])
        order = torch.argsort(cell, stable=True)
        self.lists = order.split(torch.bincount(cell, minlength=len(self.centres)).tolist())

    def nearest(self, vectors):
        return torch.argmax(vectors @ self.centres.mT, dim=1)

    def learn(self, vectors):
        """Begin with vectors far from each other, then a few rounds of means (not scaled until the end)."""
        generator = torch.Generator().manual_seed(self.seed + 17)
        pick = torch.randperm(len(vectors), generator=generator)[: 20 * self.cells].to(vectors.device)
        sample = vectors[pick]
        self.centres = sample[: self.cells].clone()
        for _ in range(6):
            nearest = self.nearest(sample)
            for cell in nearest.unique().tolist():
                mean = sample[nearest == cell].mean(dim=0)
                self.centres[cell] = unit(mean[None])[0]
        return self.centres

    def search(self, queries, k):
        if k <= 0:
            raise ValueError(k)
        width = min(k, len(self.store.known))
        scores = torch.full((len(queries), width), float("-inf"), dtype=queries.dtype, device=queries.device)
        names = torch.full((len(queries), width), -1, dtype=torch.long, device=queries.device)
        if not width:
            return scores, names
        asked = unit(queries)
        for row, cosines in enumerate(asked @ self.centres.mT):
            near = torch.topk(cosines, min(self.probes, len(cosines))).indices.tolist()
            rows = torch.cat([self.lists[cell] for cell in near])
            found = torch.mv(self.vectors.index_select(0, rows), asked[row])
            if len(rows) > k:
                keep = torch.nonzero(found >= found.topk(k).values[-1])[:, 0]
                rows, found = rows[keep], found[keep]
            # By row first, then stably by score.
            by_row = rows.argsort()
            best = by_row[found[by_row].argsort(descending=True, stable=True)][:k]
            scores[row, : len(best)], names[row, : len(best)] = found[best], self.names[rows[best]]
        return scores, names

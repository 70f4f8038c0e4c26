"""Each cell keeps its rows and its block of unit vectors; a second key, the order of addition, settles ties."""

import torch


def scaled(vectors):
    norms = torch.linalg.norm(vectors, dim=-1, keepdim=True)
    return vectors / torch.where(norms == 0, torch.ones_like(norms), norms)


def first_k(scores, order, k):
    """Sort the few best by order, then stably by score."""
    if scores.numel() > k:
        mask = scores >= scores.topk(k, sorted=False).values.min()
        scores, order = scores[mask], order[mask]
    by_order = torch.argsort(order)
    by_score = torch.argsort(scores[by_order], descending=True, stable=True)
    both = by_order[by_score][:k]
    return scores[both], order[both]


class InvertedFileIndex:
    def __init__(self, cells, probes, seed=0):
        if cells < 1 or probes < 1:
            raise ValueError("at least 1")
        self.vectors = self.ids = None
        self.count, self.probes, self.generator = cells, probes, torch.Generator().manual_seed(seed)
        self.centroids, self.inside, self.blocks = None, {}, {}

    def keep(self, vectors, ids):
        if vectors.shape[0] != ids.shape[0]:
            raise ValueError("ids")
        if self.ids is not None:
            if vectors.shape[1] != self.vectors.shape[1]:
                raise ValueError("width")
            ids = torch.cat([self.ids, ids])
            vectors = torch.cat([self.vectors, vectors])
        if torch.unique(ids).numel() != ids.numel():
            raise ValueError("repeated")
        self.vectors, self.ids = vectors, ids

    def add(self, vectors, ids):
        start = 0 if self.ids is None else len(self.ids)
        self.keep(vectors, ids)
        if len(vectors) == 0:
            return
        new = scaled(vectors)
        if self.centroids is None:
            self.centroids = self.kmeans(new)
        cell = (new @ self.centroids.T).max(dim=1).indices
        for number in cell.unique().tolist():
            rows = (cell == number).nonzero()[:, 0]
            old = self.inside.get(number, rows[:0]), self.blocks.get(number, new[:0])
            self.inside[number] = torch.cat([old[0], start + rows])
            self.blocks[number] = torch.cat([old[1], new[rows]])

    def kmeans(self, vectors):
        chosen = torch.randperm(len(vectors), generator=self.generator)[: self.count * 24].to(vectors.device)
        sample = vectors[chosen]
        centroids = sample[: self.count]
        for _ in range(7):
            member = torch.nn.functional.one_hot((sample @ centroids.T).argmax(dim=1), len(centroids)).to(sample.dtype)
            means = member.T @ sample
            centroids = torch.where(member.sum(dim=0)[:, None] > 0, scaled(means), centroids)
        return centroids

    def search(self, queries, k):
        if k < 1:
            raise ValueError("k")
        width = min(k, 0 if self.ids is None else len(self.ids))
        scores = torch.full((len(queries), width), -torch.inf, dtype=queries.dtype, device=queries.device)
        ids = torch.full((len(queries), width), -1, dtype=torch.int64, device=queries.device)
        for row, query in enumerate(scaled(queries) if width else ()):
            near = (self.centroids @ query).argsort(descending=True)[: self.probes].tolist()
            near = [number for number in near if number in self.inside]
            if near:
                found = torch.cat([self.blocks[number] @ query for number in near])
                values, best = first_k(found, torch.cat([self.inside[number] for number in near]), k)
                scores[row, : len(values)], ids[row, : len(values)] = values, self.ids[best]
        return scores, ids

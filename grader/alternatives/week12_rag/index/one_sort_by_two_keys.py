"""A second key settles ties: scores first, then the order of addition."""

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


class VectorIndex:
    def __init__(self, metric="cosine"):
        self.measure = {"cosine": self.cosine, "dot": self.dot, "euclidean": self.euclidean}.get(metric)
        if self.measure is None:
            raise ValueError("unknown metric")
        self.vectors = self.ids = None

    def cosine(self, queries):
        return scaled(queries) @ scaled(self.vectors).T

    def dot(self, queries):
        return queries @ self.vectors.T

    def euclidean(self, queries):
        return -torch.linalg.vector_norm(queries[:, None] - self.vectors[None], dim=-1)

    def add(self, vectors, ids):
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

    def search(self, queries, k):
        if k < 1:
            raise ValueError("k")
        size = 0 if self.ids is None else len(self.ids)
        scores = torch.zeros(len(queries), min(k, size), dtype=queries.dtype, device=queries.device)
        ids = torch.zeros(len(queries), min(k, size), dtype=torch.int64, device=queries.device)
        if size:
            order = torch.arange(size, device=queries.device)
            for row, found in enumerate(self.measure(queries)):
                scores[row], best = first_k(found, order, k)
                ids[row] = self.ids[best]
        return scores, ids

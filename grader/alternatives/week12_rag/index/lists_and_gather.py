"""Lists of parts joined at search time, all rows selected together, cells gathered by row number."""

import torch


def unit(vectors):
    length = vectors.square().sum(dim=1, keepdim=True).sqrt()
    return torch.where(length > 0, vectors / length, torch.zeros_like(vectors))


def select(scores, k):
    """Best first and stable, for a whole table of scores: only the columns that some row needs are sorted."""
    k = min(k, scores.shape[1])
    if k == 0 or len(scores) == 0:
        return torch.zeros(len(scores), k, dtype=torch.int64, device=scores.device)
    floor = scores.topk(k, dim=1).values[:, -1:]
    found = []
    for row, enough in zip(scores, scores >= floor, strict=True):
        columns = torch.nonzero(enough)[:, 0]
        found.append(columns[torch.argsort(-row[columns], stable=True)[:k]])
    return torch.stack(found)


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


class VectorIndex:
    def __init__(self, metric="cosine"):
        if metric not in ("cosine", "dot", "euclidean"):
            raise ValueError(metric)
        self.metric, self.store = metric, Parts()

    def add(self, vectors, ids):
        self.store.put(vectors, ids)

    def search(self, queries, k):
        if k <= 0:
            raise ValueError(k)
        if not self.store.known:
            return queries[:, :0].clone(), torch.zeros(len(queries), 0, dtype=torch.long, device=queries.device)
        vectors, names = torch.cat(self.store.parts), torch.cat(self.store.names)
        if self.metric == "euclidean":
            scores = -torch.stack([(vectors - query).square().sum(dim=1).sqrt() for query in queries])
        elif self.metric == "dot":
            scores = torch.einsum("qd,nd->qn", queries, vectors)
        else:
            scores = unit(queries) @ unit(vectors).mT
        columns = select(scores, k)
        return scores.gather(1, columns), names[columns]

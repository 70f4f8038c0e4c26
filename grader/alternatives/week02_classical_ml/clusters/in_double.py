"""Computed in float64 with means of masks; purity by counting pairs."""

from collections import Counter

import torch


def kmeans(X, k, generator, init=None, steps=100):
    n = len(X)
    if k <= 0 or k > n or steps < 1 or (init is not None and list(init.shape) != [k, X.shape[1]]):
        raise ValueError("arguments")
    chosen = torch.randperm(n, generator=generator, device=X.device)[:k] if init is None else None
    rows = X.double()
    centres = rows[chosen] if init is None else init.double()
    last = torch.full((n,), -1, device=X.device)

    def look(centres):
        gaps = rows.unsqueeze(1) - centres.unsqueeze(0)  # (n, k, dim)
        return torch.einsum("nkd,nkd->nk", gaps, gaps)

    for _ in range(steps):
        near, joined = look(centres).min(dim=1)
        if (joined == last).all():
            break
        last = joined
        joined = joined.clone()
        for one in range(k):
            if (joined == one).any():
                continue
            alone = torch.stack([(joined == mine).sum() == 1 for mine in joined])
            joined[near.masked_fill(alone, float("-inf")).argmax()] = one
        centres = torch.stack([rows[joined == one].mean(dim=0) for one in range(k)])
    near, joined = look(centres).min(dim=1)
    return centres.to(X.dtype), joined, near.sum().to(X.dtype)


def purity(assignment, topics):
    pairs = Counter(zip(assignment.tolist(), topics.tolist(), strict=True))
    if not pairs:
        raise ValueError("no rows")
    best = {}
    for (cluster, _), count in pairs.items():
        best[cluster] = max(best.get(cluster, 0), count)
    return sum(best.values()) / len(topics)

"""Distances by broadcasting and centres by a one-hot product, in numpy."""

import numpy as np
import torch


def kmeans(X, k, generator, init=None, steps=100):
    if k < 1 or k > X.size(0) or steps <= 0:
        raise ValueError("k or steps")
    if init is not None and tuple(init.shape) != (k, X.size(1)):
        raise ValueError("init")
    start = X[torch.randperm(X.size(0), generator=generator, device=X.device)[:k]] if init is None else init
    data, centres, previous = X.cpu().numpy(), start.cpu().numpy().copy(), None
    for _ in range(steps):
        squares = ((data[:, None, :] - centres[None]) ** 2).sum(-1)
        label = squares.argmin(1)
        if previous is not None and (label == previous).all():
            break
        previous = label.copy()
        own = squares[np.arange(len(data)), label]
        for empty in range(k):
            if empty in label:
                continue
            size = np.bincount(label, minlength=k)
            chosen = max(np.nonzero(size[label] > 1)[0], key=lambda row: (own[row], -row))
            label[chosen] = empty
        one_hot = np.eye(k, dtype=data.dtype)[label]
        centres = one_hot.T @ data / one_hot.sum(0)[:, None]
    squares = ((data[:, None, :] - centres[None]) ** 2).sum(-1)
    parts = (centres, squares.argmin(1), np.asarray(squares.min(1).sum()))
    return tuple(torch.from_numpy(part).to(X.device) for part in parts)


def purity(assignment, topics):
    if len(assignment) != len(topics) or len(topics) == 0:
        raise ValueError("rows")
    clusters = np.unique(assignment.cpu().numpy(), return_inverse=True)[1]
    names = np.unique(topics.cpu().numpy(), return_inverse=True)[1]
    table = np.zeros((clusters.max() + 1, names.max() + 1), dtype=int)
    np.add.at(table, (clusters, names), 1)
    return float(table.max(1).sum() / table.sum())

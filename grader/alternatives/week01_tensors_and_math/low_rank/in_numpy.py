"""The same with numpy, as scikit-learn does it."""

import numpy as np
import torch
from low_rank import point_up


def power_iteration(A, steps, generator):
    n, columns = A.shape
    if n != columns or steps < 1:
        raise ValueError("shape or steps")
    v = torch.randn(n, generator=generator, dtype=A.dtype, device=A.device).cpu().numpy()
    table = A.cpu().numpy()
    v = v / np.linalg.norm(v)
    for _ in range(steps):
        w = table @ v
        if np.linalg.norm(w) != 0:
            v = w / np.linalg.norm(w)
    v = point_up(torch.from_numpy(v)).numpy()
    value = v @ (table @ v)
    residual = np.linalg.norm(table @ v - value * v)
    return tuple(torch.as_tensor(np.asarray(part)).to(A) for part in (value, v, residual))


def pca(X, k):
    n, dim = X.shape
    if n < 2 or not 0 < k <= min(n, dim):
        raise ValueError("k")
    table = X.cpu().numpy()
    centred = table - table.mean(axis=0)
    _, S, Vt = np.linalg.svd(centred, full_matrices=False)
    components = point_up(torch.from_numpy(Vt[:k])).numpy()
    parts = (components, S[:k] ** 2 / (n - 1), centred @ components.T)
    return tuple(torch.from_numpy(part).to(X) for part in parts)


def low_rank(A, rank):
    if not 0 < rank <= min(A.shape):
        raise ValueError("rank")
    U, S, Vt = np.linalg.svd(A.cpu().numpy(), full_matrices=False)
    root = np.diag(np.sqrt(S[:rank]))
    return torch.from_numpy(U[:, :rank] @ root).to(A), torch.from_numpy(root @ Vt[:rank]).to(A)

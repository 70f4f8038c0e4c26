"""PCA from the covariance by eigh, low rank from the eigenvectors of the Gram matrix, quotients kept on the way."""

import torch
from low_rank import point_up


def power_iteration(A, steps, generator):
    if A.dim() != 2 or A.size(0) != A.size(1):
        raise ValueError("not square")
    if steps <= 0:
        raise ValueError("no steps")
    v = torch.randn(A.size(0), generator=generator, dtype=A.dtype, device=A.device)
    v /= torch.linalg.vector_norm(v)
    for _ in range(steps):
        w = torch.mv(A, v)
        if bool(w.any()):
            v = w / torch.linalg.vector_norm(w)
    v = point_up(v)
    w = torch.mv(A, v)
    value = torch.dot(v, w) / torch.dot(v, v)
    return value, v, torch.linalg.vector_norm(w - value * v)


def pca(X, k):
    n, dim = X.shape
    if n < 2 or k < 1 or k > n or k > dim:
        raise ValueError("k")
    centred = (X - X.mean(0, keepdim=True)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred / (n - 1))
    order = values.argsort(descending=True)[:k]
    components = point_up(vectors[:, order].T)
    scores = centred @ components.T
    return components.to(X.dtype), values[order].to(X.dtype), scores.to(X.dtype)


def low_rank(A, rank):
    if rank < 1 or rank > min(A.shape):
        raise ValueError("rank")
    wide = A.double()
    values, vectors = torch.linalg.eigh(wide.mT @ wide)
    V = vectors.flip(1)[:, :rank]  # (n, rank)
    fourth = values.flip(0)[:rank].clamp(min=0).sqrt().sqrt()
    return (wide @ V / fourth).to(A.dtype), (V * fourth).mT.to(A.dtype)

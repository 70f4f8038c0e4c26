"""One-hot rows by scatter, the product as a sum of outer products, windows as slices."""

import torch


def one_hot(ids, size):
    if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < size:
        raise ValueError("an id is out of range")
    rows = torch.zeros(*ids.shape, size, device=ids.device)
    return rows.scatter_(-1, ids.unsqueeze(-1), 1.0)


def embed(table, ids):
    if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < len(table):
        raise ValueError("an id is out of range")
    return table.index_select(0, ids.reshape(-1)).reshape(*ids.shape, table.shape[1])


def contract(a, b):
    if min(a.ndim, b.ndim) < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError("the inner axes differ")
    total = 0
    for k in range(a.shape[-1]):
        total = total + a[..., :, k, None] * b[..., None, k, :]
    return total


def strided_windows(x, size, step):
    if size < 1 or step < 1 or x.shape[-1] < size:
        raise ValueError("no such windows")
    windows = [x[..., start : start + size] for start in range(0, x.shape[-1] - size + 1, step)]
    return torch.stack(windows, dim=-2)

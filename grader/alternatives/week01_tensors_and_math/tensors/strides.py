"""Rows of the identity, a gather, rows against columns, and windows by strides, as numpy's sliding_window_view."""

import torch


def check(ids, size):
    if bool((ids < 0).any()) or bool((ids > size - 1).any()):
        raise ValueError("an id is out of range")


def one_hot(ids, size):
    check(ids, size)
    return torch.eye(size, device=ids.device)[ids]


def embed(table, ids):
    check(ids, table.size(0))
    flat = ids.reshape(-1, 1).expand(-1, table.size(1))
    return table.gather(0, flat).view(*ids.shape, -1)


def contract(a, b):
    if a.dim() < 2 or b.dim() < 2:
        raise ValueError("matrices are needed")
    if a.size(-1) != b.size(-2):
        raise ValueError("the inner axes differ")
    return (a.unsqueeze(-2) * b.mT.unsqueeze(-3)).sum(-1)  # each row against each column


def strided_windows(x, size, step):
    if size < 1 or step < 1 or size > x.size(-1):
        raise ValueError("no such windows")
    count = (x.size(-1) - size) // step + 1
    last = x.stride(-1)
    return x.as_strided((*x.shape[:-1], count, size), (*x.stride()[:-1], last * step, last)).clone()

"""Two triangles make the band; Python lists make the rest, token by token of the buffer alone."""

import torch


def sliding_window_mask(queries, keys, window, sinks=0, device=None):
    if window < 1 or sinks < 0:
        raise ValueError("no such window")
    if keys is None:
        keys = queries
    ones = torch.ones(queries, keys, dtype=torch.bool, device=device)
    causal = ones.tril(keys - queries)
    mask = causal & ones.triu(keys - queries - window + 1)
    mask[:, :sinks] = causal[:, :sinks]
    return mask


def kept_keys(length, window, sinks=0, device=None):
    if window < 1 or sinks < 0 or length < 0:
        raise ValueError("no such window")
    kept = {*range(min(sinks, length)), *range(max(0, length - window + 1), length)}
    return torch.tensor(sorted(kept), dtype=torch.int64, device=device)


def rolling_slots(length, window, sinks=0, device=None):
    if window < 1 or sinks < 0 or length < 0:
        raise ValueError("no such window")
    buffer = [-1] * (sinks + window)
    for position in range(min(sinks, length)):
        buffer[position] = position
    for position in range(max(sinks, length - window), length):
        buffer[sinks + (position - sinks) % window] = position
    return torch.tensor(buffer, dtype=torch.int64, device=device)

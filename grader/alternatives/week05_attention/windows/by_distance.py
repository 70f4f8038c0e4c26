"""The mask from the distance of query and key; the rest from torch.unique and scatter."""

import torch


def _checked(window, sinks, length=0):
    if window <= 0:
        raise ValueError("window")
    if min(sinks, length) < 0:
        raise ValueError("sinks or length")


def sliding_window_mask(queries, keys, window, sinks=0, device=None):
    _checked(window, sinks)
    n = keys if keys is not None else queries
    distance = (n - queries + torch.arange(queries, device=device))[:, None] - torch.arange(n, device=device)[None, :]
    band = torch.logical_and(distance >= 0, distance < window)
    sink = torch.zeros(n, dtype=torch.bool, device=device)
    sink[:sinks] = True
    return torch.logical_or(band, torch.logical_and(sink, distance >= 0))


def kept_keys(length, window, sinks=0, device=None):
    _checked(window, sinks, length)
    recent = torch.arange(length - min(window - 1, length), length, dtype=torch.long, device=device)
    return torch.unique(torch.cat((torch.arange(min(sinks, length), dtype=torch.long, device=device), recent)))


def rolling_slots(length, window, sinks=0, device=None):
    _checked(window, sinks, length)
    positions = torch.cat([kept_keys(length, window, sinks, device), kept_keys(length, window + 1, sinks, device)])
    slots = torch.where(positions < sinks, positions, sinks + torch.remainder(positions - sinks, window))
    buffer = torch.full((sinks + window,), -1, dtype=torch.long, device=device)
    return buffer.scatter(0, slots, positions)

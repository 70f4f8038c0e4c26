"""Plain Python numbers, and a list that grows."""

import math

import torch


def descend(gradient, x0, rate, steps):
    if rate <= 0:
        raise ValueError("rate")
    if steps < 0:
        raise ValueError("steps")
    x, way = x0.clone().detach(), []
    way.append(x[None])
    while len(way) <= steps:
        x = torch.sub(x, gradient(x), alpha=rate)
        way.append(x[None])
    return torch.cat(way)


def max_entropy(energies, mean):
    values = [float(e) for e in energies]
    low, high = min(values), max(values)
    if mean <= low or mean >= high:
        raise ValueError("mean")
    width = high - low

    def weights(beta):
        logs = [-beta * (value - low) / width for value in values]
        top = max(logs)
        powers = [math.exp(log - top) for log in logs]
        return [power / sum(powers) for power in powers]

    def above(beta):
        return sum(w * (value - mean) for w, value in zip(weights(beta), values, strict=True)) > 0

    edge = 1.0
    while above(edge) or not above(-edge):
        edge *= 4
    left, right = -edge, edge
    while left < (left + right) / 2 < right:
        middle = (left + right) / 2
        if above(middle):
            left = middle
        else:
            right = middle
    return torch.tensor(weights(left), dtype=energies.dtype, device=energies.device), left / width

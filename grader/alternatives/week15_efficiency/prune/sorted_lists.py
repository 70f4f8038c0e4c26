"""Sorted Python lists, and heads one by one."""

import math

import torch


def prune_magnitude(weights, share):
    if len(weights) == 0 or not (share >= 0 and share <= 1):
        raise ValueError("weights and share")
    entries = []
    for number, weight in enumerate(weights):
        entries += [
            (abs(value), number, place) for place, value in enumerate(weight.detach().double().flatten().tolist())
        ]
    if any(math.isnan(entry[0]) for entry in entries):
        raise ValueError("NaN")
    masks = [torch.ones(weight.numel(), dtype=torch.bool) for weight in weights]
    for _, number, place in sorted(entries)[: round(share * len(entries))]:
        masks[number][place] = False
    return [mask.view(weight.shape).to(weight.device) for mask, weight in zip(masks, weights, strict=True)]


def prune_two_four(weight):
    if weight.dim() < 1 or weight.size(-1) % 4 != 0 or bool(torch.isnan(weight).any()):
        raise ValueError("groups")
    rows = weight.detach().abs().double().reshape(-1, 4).tolist()
    kept = [sorted(range(4), key=lambda place, row=row: (row[place], place))[2:] for row in rows]
    mask = torch.tensor([[place in two for place in range(4)] for two in kept], dtype=torch.bool, device=weight.device)
    return mask.reshape(weight.shape)


def prune_heads(query, key, value, output, size, drop):
    if query.dim() != 2 or query.shape != key.shape or query.shape != value.shape or output.dim() != 2:
        raise ValueError("matrices")
    if size <= 0 or len(query) % size or output.size(1) != len(query):
        raise ValueError("size")
    heads = len(query) // size
    if any(head not in range(heads) for head in drop) or len(set(drop)) == heads:
        raise ValueError("drop")

    def parts(weight, dim):
        return torch.cat([part for head, part in enumerate(weight.split(size, dim)) if head not in drop], dim)

    return [parts(query, 0), parts(key, 0), parts(value, 0), parts(output, 1)]

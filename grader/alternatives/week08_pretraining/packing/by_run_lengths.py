"""Lengths of runs instead of a running maximum, as libraries for flash attention do it."""

import numpy as np
import torch


def pack(documents, length, end):
    if length <= 0:
        raise ValueError("length must be positive")
    kept = [(number, document) for number, document in enumerate(documents) if len(document)]
    ids = np.array([token for _, document in kept for token in [*document, end]], dtype=np.int64)
    sizes = np.array([len(document) + 1 for _, document in kept], dtype=np.int64)
    numbers = np.repeat(np.array([number for number, _ in kept], dtype=np.int64), sizes)
    count = len(ids) // length
    return (
        torch.from_numpy(ids[: count * length].reshape(count, length)),
        torch.from_numpy(numbers[: count * length].reshape(count, length)),
    )


def packed_positions(numbers):
    rows = [numbers.new_zeros(0, numbers.shape[1], dtype=torch.int64)]
    for row in numbers:
        _, lengths = torch.unique_consecutive(row, return_counts=True)
        rows.append(torch.cat([torch.arange(int(n), device=numbers.device) for n in lengths])[None])
    return torch.cat(rows)


def packed_mask(numbers):
    masks = [numbers.new_zeros(0, numbers.shape[1], numbers.shape[1], dtype=torch.bool)]
    for row in numbers:
        _, lengths = torch.unique_consecutive(row, return_counts=True)
        blocks = [torch.ones(int(n), int(n), device=numbers.device) for n in lengths]
        masks.append(torch.block_diag(*blocks).tril().bool()[None])
    return torch.cat(masks)

"""Positions are resized in float32, whatever their dtype, as DINO's code does it."""

import torch
import torch.nn.functional as F


def interpolate_positions(positions, grid, new_grid):
    if min(*grid, *new_grid) < 1 or positions.shape[0] != 1 + grid[0] * grid[1]:
        raise ValueError(f"positions {tuple(positions.shape)} do not fit the grid {grid}, or {new_grid} is no grid")
    width = positions.shape[-1]
    table = positions[1:].float().unflatten(0, tuple(grid)).movedim(-1, 0).unsqueeze(0)  # (1, d_model, rows, columns)
    table = F.interpolate(table, size=list(new_grid), mode="bicubic").to(positions.dtype)
    return torch.vstack([positions[0], table.squeeze(0).movedim(0, -1).reshape(-1, width)])

"""Slices in a loop, and bicubic interpolation from its formula (a = -0.75), one axis after the other."""

import torch
from torch import nn


def patchify(images, size):
    batch, channels, height, width = images.shape
    if size < 1 or height % size or width % size:
        raise ValueError("size")
    cuts = [
        images[:, :, top : top + size, left : left + size].reshape(batch, channels * size * size)
        for top in range(0, height, size)
        for left in range(0, width, size)
    ]
    return torch.stack(cuts, dim=1)


def weights(old, new):
    """(new, old): what each old place contributes to each new one."""
    table = torch.zeros(new, old, dtype=torch.float64)
    for row in range(new):
        centre = (row + 0.5) * old / new - 0.5
        first = int(centre // 1)
        for place in range(first - 1, first + 3):
            away = abs(centre - place)
            if away <= 1:
                weight = (1.25 * away - 2.25) * away * away + 1
            else:
                weight = -0.75 * (((away - 5) * away + 8) * away - 4)
            table[row, min(max(place, 0), old - 1)] += weight
    return table


def interpolate_positions(positions, grid, new_grid):
    if min(grid) < 1 or min(new_grid) < 1 or len(positions) - 1 != grid[0] * grid[1]:
        raise ValueError("grid")
    down, across = (weights(old, new).to(positions) for old, new in zip(grid, new_grid, strict=True))
    table = positions[1:].unflatten(0, tuple(grid))
    return torch.cat([positions[:1], torch.einsum("ri,cj,ijd->rcd", down, across, table).flatten(0, 1)])


class PatchEmbedding(nn.Module):
    def __init__(self, image_size, patch_size, d_model, channels=3):
        super().__init__()
        if patch_size < 1 or any(side % patch_size for side in image_size):
            raise ValueError("patch_size")
        self.sides, self.patch_size, self.channels = tuple(image_size), patch_size, channels
        rows, columns = (side // patch_size for side in image_size)
        self.projection = nn.Linear(channels * patch_size * patch_size, d_model)
        self.class_token = nn.Parameter(torch.empty(d_model).normal_(0, 0.02))
        self.positions = nn.Parameter(torch.empty(1 + rows * columns, d_model).normal_(0, 0.02))

    def forward(self, images):
        if not images.dtype.is_floating_point:
            raise TypeError("floats")
        if images.shape[1] != self.channels:
            raise ValueError("channels")
        rows = []
        for patches in patchify(images, self.patch_size):
            rows.append(torch.cat([self.class_token[None], self.projection(patches)]))
        positions = self.positions
        if tuple(images.shape[2:]) != self.sides:
            old, new = ([side // self.patch_size for side in sides] for sides in (self.sides, images.shape[2:]))
            positions = interpolate_positions(positions, old, new)
        return torch.stack(rows) + positions

"""Sums as einsum, in float64 all the way."""

import torch
from torch import nn


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.dim, self.eps = dim, eps
        self.weight = nn.Parameter(torch.full((dim,), 1.0))
        self.bias = nn.Parameter(torch.full((dim,), 0.0))

    def forward(self, x):
        wide = x.double()
        centred = wide - torch.einsum("...d->...", wide)[..., None] / self.dim
        deviation = (torch.einsum("...d,...d->...", centred, centred) / self.dim + self.eps).sqrt()
        return (torch.einsum("...d,...,d->...d", centred, 1 / deviation, self.weight.double()) + self.bias).to(x.dtype)


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.dim, self.eps = dim, eps
        self.weight = nn.Parameter(torch.full((dim,), 1.0))

    def forward(self, x):
        wide = x.double()
        root = (torch.einsum("...d,...d->...", wide, wide) / self.dim + self.eps).sqrt()
        return torch.einsum("...d,...,d->...d", wide, 1 / root, self.weight.double()).to(x.dtype)


def influence(norm, x, row, position, token):
    other = torch.cat(
        [
            x[:row],
            x[row : row + 1].index_copy(1, torch.tensor([position], device=x.device), token[None, None]),
            x[row + 1 :],
        ]
    )
    with torch.inference_mode():
        difference = norm(other) - norm(x)
    return torch.maximum(difference, -difference).max(dim=-1).values

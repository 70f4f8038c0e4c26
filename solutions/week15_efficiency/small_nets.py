"""Given: small layers with weights of one's choice, for tests and experiments. You write nothing here."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def linear(weight: Float[Tensor, "out in"], bias: Float[Tensor, " out"] | None = None) -> nn.Linear:
    """Return a linear layer with copies of this weight and this bias."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


def layer_norm(weight: Float[Tensor, " width"], bias: Float[Tensor, " width"] | None = None) -> nn.LayerNorm:
    """Return a layer norm with copies of this weight and this bias."""
    norm = nn.LayerNorm(len(weight), bias=bias is not None, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        norm.weight.copy_(weight)
        if bias is not None:
            norm.bias.copy_(bias)
    return norm


def rms_norm(weight: Float[Tensor, " width"]) -> nn.RMSNorm:
    """Return an RMS norm, which has no bias, with a copy of this weight."""
    norm = nn.RMSNorm(len(weight), device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        norm.weight.copy_(weight)
    return norm


def outputs(norm: nn.Module, linears: Sequence[nn.Linear], x: Float[Tensor, "... width"]) -> list[Tensor]:
    """Return what each of the linear layers makes of the normed input."""
    with torch.no_grad():
        return [linear(norm(x)) for linear in linears]


def overwrite(layer: nn.Linear, value: float) -> None:
    """Fill the weight and the bias of a layer with one number."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(value)

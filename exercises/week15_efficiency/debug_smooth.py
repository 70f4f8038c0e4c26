# Week 15, exercise debug_smooth: Find the bug: smoothing that changes the answers
# Find the bug · difficulty 1 of 5 · importance 3 of 5 · about 20 minutes
# It builds on: Layer norm and RMS norm, linear layers, quantisation of exercise 1.
# What a user reports: Smoothing should leave all answers as they are, up to rounding. Behind an RMS norm it does.
# Behind the layer norms of a model with trained biases the answers are far off, even before anything is quantised.
"""Week 15, debug_smooth: make a layer easy to quantise, by moving outliers from its inputs into its weights.

Some channels of what enters a linear layer are much larger than the rest. A scale that has to reach them leaves only a
few codes for the others. A channel can be made smaller by a factor if the weights that read it grow by the same one:
nothing changes in what is computed, and both can then be quantised well.
"""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


@torch.no_grad()
def channel_maxima(norm: nn.Module, batches: Iterable[Float[Tensor, "... tokens width"]]) -> Float[Tensor, " width"]:
    """Return the largest magnitude that each channel has behind the norm, over all tokens of all batches."""
    maxima = [norm(batch).abs().flatten(0, -2).amax(0) for batch in batches]
    return torch.stack(maxima).amax(0)


@torch.no_grad()
def smooth(
    norm: nn.Module, linears: Sequence[nn.Linear], largest: Float[Tensor, " width"], strength: float = 0.5
) -> Float[Tensor, " width"]:
    """Divide every channel behind a norm by a factor, multiply the weights that read it by the same, in place.

    `linears` are all the layers that read what the norm gives. For the same input of the norm they give what they gave
    before, up to rounding. `norm` is an nn.LayerNorm, with a bias or without, or an nn.RMSNorm. It and the layers keep
    their parameters, in which the numbers are changed; `largest` stays as it is.
    The factor of a channel is largest**strength / reading**(1 - strength), where `reading` is the largest magnitude of
    a weight that reads the channel, in any of the layers; it is 1 where one of the two is 0.

    Returns:
        The factors.

    Source: Xiao et al. 2023, "SmoothQuant", section 4.
    """
    reading = torch.stack([linear.weight.abs().amax(0) for linear in linears]).amax(0)
    factors = largest**strength / reading ** (1 - strength)
    factors = torch.where((largest == 0) | (reading == 0), torch.ones_like(factors), factors)
    for linear in linears:
        linear.weight.mul_(factors)  # [d_out width]: a column for each channel
    norm.weight.div_(factors)
    return factors

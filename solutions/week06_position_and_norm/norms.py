"""Week 06: layer norm, RMS norm, batch norm, and an experiment that tells them apart.

All three shift and scale numbers to a standard size; they differ in which numbers they take the statistics of.
Layer norm and RMS norm look at one token at a time. Batch norm looks at one feature over all tokens of the batch,
and `influence` measures what that means for a language model.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LayerNorm(nn.Module):
    """Shift and scale every token to mean 0 and variance 1, then apply weight and bias.

        y = (x - mean) / sqrt(variance + eps) * weight + bias

    Mean and variance are taken over the last axis, for each token by itself. The variance is the biased one (divided
    by dim, not dim - 1), computed from the deviations x - mean, so that a token far from 0 keeps its digits.
    A token of equal numbers gives the bias. Training and evaluation do the same.

    Statistics, weight and bias are computed in float32 at least (bfloat16 and float16 are rounded once, at the end);
    the answer has the dtype of `x`. Parameters, as in torch.nn.LayerNorm: `weight` (ones) and `bias` (zeros).

    Source: Ba et al. 2016, equation 4.
    """

    def __init__(self, dim: int, eps: float = 1e-5):
        """Create `weight` and `bias`."""
        # BEGIN SOLUTION
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        # END SOLUTION

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Normalise every token."""
        # BEGIN SOLUTION
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        deviation = wide - wide.mean(dim=-1, keepdim=True)
        variance = deviation.square().mean(dim=-1, keepdim=True)
        normalised = deviation * torch.rsqrt(variance + self.eps)
        return (normalised * self.weight + self.bias).to(x.dtype)
        # END SOLUTION


class RMSNorm(nn.Module):
    """Scale every token to root mean square 1, then apply the weight.

        y = x / sqrt(mean(x^2) + eps) * weight

    The mean is taken over the last axis, for each token by itself. Nothing is subtracted and there is no bias.
    A token of zeros gives zeros. Training and evaluation do the same.

    Squares and weight are computed in float32 at least (in float16 the square of 300 is infinite); the answer has the
    dtype of `x`. Parameter, as in torch.nn.RMSNorm: `weight` (ones).

    Source: Zhang and Sennrich 2019, equation 4; the eps is that of LLaMA.
    """

    def __init__(self, dim: int, eps: float = 1e-6):
        """Create `weight`."""
        # BEGIN SOLUTION
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        # END SOLUTION

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Normalise every token."""
        # BEGIN SOLUTION
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        mean_square = wide.square().mean(dim=-1, keepdim=True)
        return (wide * torch.rsqrt(mean_square + self.eps) * self.weight).to(x.dtype)
        # END SOLUTION


class BatchNorm1d(nn.Module):
    """Shift and scale every feature to mean 0 and variance 1 over the batch.

        y = (x - mean) / sqrt(variance + eps) * weight + bias        one of each for every feature

    The features stand on axis 1, as in torch.nn.BatchNorm1d: `x` is [batch, features] or [batch, features, length],
    and the statistics of a feature are taken over all other axes together.

    Training: y uses the mean and the biased variance of this batch, and gradients flow through both. The running
    statistics move towards those of the batch, and no gradient flows through that:

        running = (1 - momentum) * running + momentum * batch

    where the variance that enters `running_var` is the unbiased one (divided by n - 1, n numbers a feature), and
    `num_batches_tracked` grows by 1.
    Evaluation: y uses `running_mean` and `running_var`, and nothing changes.

    `x` is float32 or float64, like the layer. Names as in torch: parameters `weight` (ones) and `bias` (zeros);
    buffers `running_mean` (zeros), `running_var` (ones) and `num_batches_tracked` (int64, 0).

    Raises:
        ValueError: in training, if there is only one number a feature: its variance says nothing.

    Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    def __init__(self, features: int, eps: float = 1e-5, momentum: float = 0.1):
        """Create the parameters and the buffers."""
        # BEGIN SOLUTION
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        # Buffers: saved in the state dict and moved with the layer, but not trained.
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        # END SOLUTION

    def forward(self, x: Float[Tensor, "batch features *length"]) -> Float[Tensor, "batch features *length"]:
        """Normalise every feature, and in training learn the running statistics."""
        # BEGIN SOLUTION
        if self.training:
            axes = [0, *range(2, x.ndim)]
            count = x.numel() // x.shape[1]  # numbers a feature
            if count == 1:
                raise ValueError("batch norm cannot train on a single number a feature")
            mean, variance = x.mean(dim=axes), x.var(dim=axes, correction=0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance * count / (count - 1), self.momentum)
                self.num_batches_tracked += 1
        else:
            mean, variance = self.running_mean, self.running_var

        scale = self.weight * torch.rsqrt(variance + self.eps)
        across = (-1, *[1] * (x.ndim - 2))  # [features] or [features, 1], to stand on axis 1 of x
        return (x - mean.view(across)) * scale.view(across) + self.bias.view(across)
        # END SOLUTION


def on_tokens(batch_norm: nn.Module) -> Callable[[Tensor], Tensor]:
    """Make a batch norm usable on [batch, length, dim], where the features come last. (Given.)"""
    return lambda x: batch_norm(x.transpose(1, 2)).transpose(1, 2)


def influence(
    norm: Callable[[Tensor], Tensor],
    x: Float[Tensor, "batch length dim"],
    row: int,
    position: int,
    token: Float[Tensor, " dim"],
) -> Float[Tensor, "batch length"]:
    """Measure how far the output of every token moves when one token is replaced.

    The experiment: give `norm` the batch `x`; give it the same batch with `token` in the place of x[row, position];
    answer, for every token, the largest absolute difference of its output numbers between the two.
    A number other than 0 outside [row, position] is a leak: from another sentence if it is in another row,
    from the future if it is at an earlier position of the same row.

    `x` is not modified. `norm` is used as it is: its mode (training or evaluation) is left alone.
    The answer carries no gradient.

    Source: our own experiment; for what batch norm costs in a Transformer see Shen et al. 2020 (PowerNorm).
    """
    # BEGIN SOLUTION
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().amax(dim=-1)
    # END SOLUTION

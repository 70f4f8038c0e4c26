# Week 06, exercise norms: Layer, RMS and batch norm
# Difficulty 2 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Mean and variance, nn.Module, parameters and buffers.
# Write it by hand: torch.nn.LayerNorm, torch.nn.RMSNorm, torch.nn.BatchNorm1d, torch.nn.BatchNorm2d,
# torch.nn.GroupNorm, torch.nn.InstanceNorm1d, torch.nn.functional.layer_norm, torch.nn.functional.rms_norm,
# torch.nn.functional.batch_norm, torch.nn.functional.group_norm, torch.nn.functional.instance_norm may not be used,
# nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: Layer norm of 2021 tokens takes at most 8 times as long as the reference: no loop over tokens.
# Arguments stay as they are, unless a docstring says otherwise.
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
        raise NotImplementedError("week 06, norms: write LayerNorm.__init__")

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Normalise every token."""
        raise NotImplementedError("week 06, norms: write LayerNorm.forward")


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
        raise NotImplementedError("week 06, norms: write RMSNorm.__init__")

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Normalise every token."""
        raise NotImplementedError("week 06, norms: write RMSNorm.forward")


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
        raise NotImplementedError("week 06, norms: write BatchNorm1d.__init__")

    def forward(self, x: Float[Tensor, "batch features *length"]) -> Float[Tensor, "batch features *length"]:
        """Normalise every feature, and in training learn the running statistics."""
        raise NotImplementedError("week 06, norms: write BatchNorm1d.forward")


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
    raise NotImplementedError("week 06, norms: write influence")

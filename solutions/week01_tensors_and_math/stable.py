"""Week 01: softmax and its relatives, written so that no exponential overflows and no logarithm of 0 is taken.

All logarithms are natural ones: the unit of entropy, divergence and loss is the nat.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

SUM_TOLERANCE = 1e-4
"""How far the sum of a distribution may be from 1. (Given.)"""


# BEGIN SOLUTION
def _shifted(x, dim):
    """Return x minus its maximum along `dim`, in float32 at least, and that maximum; 0 where it is infinite."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    largest = wide.amax(dim, keepdim=True)  # it cancels out of the answer, and of the gradient
    largest = largest.masked_fill(largest.isinf(), 0)  # -inf - (-inf) would be NaN
    return wide - largest, largest


# END SOLUTION
def softmax(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    """Turn numbers into probabilities along one axis: exp(x) / sum of exp(x).

    Numbers of any finite size give finite answers. An entry of -inf has probability 0; a slice in which everything is
    -inf gives zeros. (torch gives NaN.) float16 and bfloat16 are computed in float32 and rounded once, at the end;
    shape and dtype are those of `x`. `x` is not changed.

    Source: Goodfellow et al. 2016, "Deep Learning", section 4.1.
    """
    # BEGIN SOLUTION
    shifted, _ = _shifted(x, dim)
    exponentials = shifted.exp()  # at most 1, and exactly 1 at the maximum
    total = exponentials.sum(dim, keepdim=True)
    return (exponentials / total.masked_fill(total == 0, 1)).to(x.dtype)
    # END SOLUTION


def logsumexp(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    """Return log(sum of exp(x)) along one axis, which disappears from the shape.

    Numbers of any finite size give finite answers; a slice in which everything is -inf gives -inf. The gradient is
    the softmax of `x`, and so zeros for such a slice. float16 and bfloat16 are computed in float32 and rounded once;
    the dtype is that of `x`.
    """
    # BEGIN SOLUTION
    shifted, largest = _shifted(x, dim)
    total = shifted.exp().sum(dim)  # at least 1, and 0 only where everything is -inf
    nothing = total == 0  # the value of log 0 would be right, and its gradient NaN
    answer = total.masked_fill(nothing, 1).log() + largest.squeeze(dim)
    return answer.masked_fill(nothing, float("-inf")).to(x.dtype)
    # END SOLUTION


def cross_entropy(
    logits: Float[Tensor, "*batch classes"], targets: Int[Tensor, "*batch"], ignore_index: int = -100
) -> Float[Tensor, ""]:
    """Return the mean of -log softmax(logits)[target] over the positions that count.

    A position whose target is `ignore_index` does not count: neither in the sum nor in the number that divides it.
    If nothing counts, the loss is 0, and so is its gradient. (torch gives NaN.) The mean is over single positions,
    however they are spread over the batch. Logits of any finite size give a finite loss, also where the target's
    probability rounds to 0, as long as the dtype can hold it.
    float16 and bfloat16 are computed in float32 and rounded once; the dtype is that of `logits`.

    Raises:
        ValueError: a target is neither `ignore_index` nor a class: below 0, or not below classes.

    Source: Goodfellow et al. 2016, section 6.2.2.
    """
    # BEGIN SOLUTION
    counts = targets != ignore_index
    if (counts & ((targets < 0) | (targets >= logits.shape[-1]))).any():
        raise ValueError(f"every target must be a class from 0 to {logits.shape[-1] - 1}, or {ignore_index}")
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    safe = targets.masked_fill(~counts, 0)  # any class will do where nothing is counted
    chosen = wide.gather(-1, safe[..., None]).squeeze(-1)  # (*batch): the logit of each target
    losses = (logsumexp(wide) - chosen).masked_fill(~counts, 0)
    return (losses.sum() / counts.sum().clamp(min=1)).to(logits.dtype)
    # END SOLUTION


# BEGIN SOLUTION
def _check(p):
    """Raise ValueError unless p holds distributions along its last axis."""
    if (p < 0).any() or ((p.sum(dim=-1) - 1).abs() > SUM_TOLERANCE).any():
        raise ValueError("a distribution has no negative entries, and they sum to 1")


# END SOLUTION
def entropy(p: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    """Return -sum of p log p along the last axis: how uncertain each distribution is, in nats.

    0 log 0 is 0. `p` is float32 or float64.

    Raises:
        ValueError: `p` has a negative entry, or its sum is not 1 within `SUM_TOLERANCE`.

    Source: Shannon 1948, "A Mathematical Theory of Communication", section 6.
    """
    # BEGIN SOLUTION
    _check(p)
    return -torch.xlogy(p, p).sum(dim=-1)  # xlogy(0, 0) is 0
    # END SOLUTION


def kl_divergence(p: Float[Tensor, "*batch n"], q: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    """Return the sum of p log(p / q) along the last axis: what it costs, in nats, to take `q` for the truth `p`.

    Where p is 0, a term is 0, whatever q is. Where q is 0 and p is not, the divergence is inf. Both are
    probabilities, not logarithms; they are float32 or float64, of one dtype and one shape.

    Raises:
        ValueError: `p` or `q` has a negative entry, or its sum is not 1 within `SUM_TOLERANCE`: what comes out of
            such numbers looks plausible and means nothing.

    Source: Kullback and Leibler 1951, "On Information and Sufficiency", equation 2.4.
    """
    # BEGIN SOLUTION
    _check(p)
    _check(q)
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(dim=-1)
    # END SOLUTION

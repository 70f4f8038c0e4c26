"""Week 11, advantages: from rewards to how much better each token was than expected.

A reward at the end has to reach the tokens that earned it. What was expected anyway is subtracted: surprises teach.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def discounted_returns(
    rewards: Float[Tensor, "*batch steps"], dones: Bool[Tensor, "*batch steps"], gamma: float
) -> Float[Tensor, "*batch steps"]:
    """Return at each step the sum of all rewards from there to the end of its episode.

    A reward k steps later counts gamma^k times; the reward of the step itself counts in full.
    A step with dones True is the last one of its episode: what comes after it in the row belongs to another episode
    and does not count. Nothing comes after the last step of a row either, whether it is done or not.
    The dtype is that of `rewards`.
    No argument is changed.

    Raises:
        ValueError: `gamma` is not between 0 and 1, or the tensors differ in shape.
    """
    # BEGIN SOLUTION
    _check(gamma)
    if rewards.shape != dones.shape:
        raise ValueError("rewards and dones must have one shape")
    returns = torch.empty_like(rewards)
    later = rewards.new_zeros(rewards.shape[:-1])
    for step in reversed(range(rewards.shape[-1])):
        later = rewards[..., step] + gamma * later.masked_fill(dones[..., step], 0.0)  # NaN * 0 would be NaN
        returns[..., step] = later
    return returns
    # END SOLUTION


def gae(
    rewards: Float[Tensor, "*batch steps"],
    values: Float[Tensor, "*batch steps+1"],
    dones: Bool[Tensor, "*batch steps"],
    gamma: float,
    lam: float,
) -> tuple[Float[Tensor, "*batch steps"], Float[Tensor, "*batch steps"]]:
    """Return generalised advantage estimates, and the returns that the value head is to learn.

    values[..., t] is what was expected before step t, and values[..., -1] what is expected after the last step.
    A step with dones True is the last one of its episode: nothing is expected after it, and no later step counts. A
    row that merely stops (its last step is not done) counts on its last value.
    With delta_t = r_t + gamma V_{t+1} - V_t, the advantage at t is the sum of (gamma lam)^k delta_{t+k} to the end of
    the episode. The returns are advantages + values[..., :-1].
    Both results are constants: they carry no gradient. Their dtype is that of `rewards`; no argument is changed.

    Raises:
        ValueError: `gamma` or `lam` is not between 0 and 1, `rewards` and `dones` differ in shape, or `values` does not
            have exactly one step more.

    Source: Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage Estimation",
        equation 16.
    """
    # BEGIN SOLUTION
    _check(gamma)
    _check(lam)
    *batch, steps = rewards.shape
    if rewards.shape != dones.shape or list(values.shape) != [*batch, steps + 1]:
        raise ValueError("dones need the shape of the rewards, values one step more")
    rewards, values = rewards.detach(), values.detach().to(rewards.dtype)
    deltas = rewards + gamma * values[..., 1:].masked_fill(dones, 0.0) - values[..., :-1]
    advantages = torch.empty_like(rewards)
    later = rewards.new_zeros(batch)
    for step in reversed(range(steps)):
        later = deltas[..., step] + gamma * lam * later.masked_fill(dones[..., step], 0.0)
        advantages[..., step] = later
    return advantages, advantages + values[..., :-1]
    # END SOLUTION


def whiten(
    x: Float[Tensor, "*shape"], mask: Int[Tensor, "*shape"] | Bool[Tensor, "*shape"], eps: float = 1e-8
) -> Float[Tensor, "*shape"]:
    """Shift and scale the real values of a batch to mean 0 and variance 1.

    Mean and variance are those of all places together whose mask is not 0 (or is True). The variance is the mean of the
    squared deviations: it is divided by their number, not by one less.
    A real value becomes (value - mean) / sqrt(variance + eps); equal values, or a single one, become 0 (up to
    rounding).
    Everywhere else the result is 0, and what stands there does not count, not even NaN. Without a real value all is 0.
    float16 and bfloat16 are computed in float32; the dtype of the result is that of `x`, which is not changed.

    Raises:
        ValueError: `x` and `mask` differ in shape.
    """
    # BEGIN SOLUTION
    if x.shape != mask.shape:
        raise ValueError(f"x {tuple(x.shape)} and mask {tuple(mask.shape)} differ in shape")
    real = mask != 0
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    count = real.sum().clamp(min=1)
    centred = (wide - wide.where(real, 0.0).sum() / count).where(real, 0.0)
    # The first mean was rounded: a second pass takes what it left, which may be large against a spread of 0.
    centred = (centred - centred.sum() / count).where(real, 0.0)
    variance = centred.square().sum() / count
    return (centred / (variance + eps).sqrt()).to(x.dtype)
    # END SOLUTION


# BEGIN SOLUTION
def _check(share: float) -> None:
    """Refuse what is not between 0 and 1, NaN too."""
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not between 0 and 1")


# END SOLUTION

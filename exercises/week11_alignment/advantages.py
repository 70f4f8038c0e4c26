# Week 11, exercise advantages: Advantages
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Sums backwards through time, mean and variance, masks.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 11, advantages: write discounted_returns")


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
    raise NotImplementedError("week 11, advantages: write gae")


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
    raise NotImplementedError("week 11, advantages: write whiten")

"""Week 11, kl: how far a policy has moved from its reference, and what it pays for that.

A policy that is trained on a learned reward finds its weak spots. The penalty keeps it near where it began.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

KINDS = ("k1", "k2", "k3")


def kl_estimate(
    logp: Float[Tensor, "*shape"], reference: Float[Tensor, "*shape"], kind: str
) -> Float[Tensor, "*shape"]:
    """Estimate KL(policy || reference) at tokens that were sampled from the policy.

    Each number is one estimate from one token; nothing is summed or averaged. With d = logp - reference:
    "k1" is d: right on average, but often negative.
    "k2" is d^2 / 2: never negative, but not right on average.
    "k3" is exp(-d) - 1 + d: right on average, and never negative.
    Nothing is detached: gradients flow to both arguments. The dtype is that of the arguments.
    No argument is changed.

    Args:
        logp: log-probability of each sampled token under the policy.
        reference: log-probability of the same token under the reference.

    Raises:
        ValueError: `kind` is none of the three, or the arguments differ in shape.

    Source: Schulman 2020, "Approximating KL Divergence"; there the log-ratio is reference - logp.
    """
    # BEGIN SOLUTION
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, not one of {KINDS}")
    if logp.shape != reference.shape:
        raise ValueError(f"logp {tuple(logp.shape)} and reference {tuple(reference.shape)} differ in shape")
    difference = logp - reference
    if kind == "k1":
        return difference
    if kind == "k2":
        return difference.square() / 2
    return torch.expm1(-difference) + difference  # expm1: near 0, exp(x) - 1 would lose all its digits
    # END SOLUTION


def shape_rewards(
    scores: Float[Tensor, " batch"],
    kl: Float[Tensor, "batch length"],
    beta: float,
    mask: Int[Tensor, "batch length"] | Bool[Tensor, "batch length"],
) -> Float[Tensor, "batch length"]:
    """Return a reward for each token: the price of its KL, and at the end the score of the whole answer.

    Each real token of the answer is paid -beta times its KL. The last real token of a row, the rightmost one whose mask
    is not 0, is paid the score of the row as well.
    Where the mask is 0 (or False) the reward is 0, whatever stands in `kl` there, even NaN; such places are prompt,
    padding, or the output of a tool. A row without a real token has rewards of 0 only.
    Rewards are constants: the result carries no gradient. Its dtype and device are those of `kl`, and no argument is
    changed.

    Args:
        scores: one score for each answer, from a reward model or a rule.
        beta: the price of one nat; 0: a finite KL costs nothing.
        mask: 1 (or True) for the tokens of the answer.

    Raises:
        ValueError: `beta` is negative or NaN, `kl` and `mask` differ in shape, or there is not one score for each row.

    Source: Ziegler et al. 2019, "Fine-Tuning Language Models from Human Preferences", equation 2; the price is paid
        token by token as in its published code.
    """
    # BEGIN SOLUTION
    if not beta >= 0:  # so that NaN is refused too
        raise ValueError(f"beta is {beta}")
    if kl.shape != mask.shape or scores.shape != kl.shape[:1]:
        raise ValueError("kl and mask must have one shape, and a score for each row")
    real = mask != 0
    price = beta * kl.detach() if beta > 0 else torch.zeros_like(kl)  # 0 times an infinite KL would be NaN
    rewards = (-price).where(real, 0.0)
    ends = real & (real.flip(1).cumsum(1).flip(1) == 1)  # one real token from here to the end of the row
    return rewards + scores.detach().to(kl.dtype).unsqueeze(1).where(ends, 0.0)
    # END SOLUTION

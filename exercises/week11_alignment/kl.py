# Week 11, exercise kl: The price of moving away
# Difficulty 2 of 5 · importance 5 of 5 · about 30 minutes
# It builds on: KL divergence, log-probabilities, masks.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 11, kl: write kl_estimate")


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
    raise NotImplementedError("week 11, kl: write shape_rewards")

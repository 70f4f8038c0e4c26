# Week 11, exercise grpo: Groups and rules
# Difficulty 3 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: Probability ratios and clipping, standard deviation, masks, regular expressions.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 11, grpo: answers to one prompt are compared with each other, and a rule gives the reward.

A prompt gets a group of answers; what is better than the group's average becomes more probable. Neither a model of the
reward nor one of the value is needed.
"""

import re
from decimal import Decimal
from typing import Literal

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

NUMBER = re.compile(r"(?:(?<![\w)])[-−])?(?:\d+(?:,\d{3}(?!\d))*(?:\.\d+)?|\.\d+)", re.ASCII)
"""A number in a text: "7", "-7", "−7" (U+2212), "1,234", "0.50", ".5". In "9-7" the minus belongs to no number."""


def group_advantages(
    rewards: Shaped[Tensor, " batch"], group_size: int, *, scale: bool = True, eps: float = 1e-4
) -> Float[Tensor, " batch"]:
    """Compare each reward with those of the other answers to the same prompt.

    Answers to one prompt stand next to each other: the first `group_size` rewards are the first group, and so on.
    The advantage is (reward - mean) / (std + eps), with mean and std of the reward's own group; std divides by
    group_size - 1, as in torch and trl. With `scale` False it is reward - mean, as "dr_grpo" wants it.
    A group whose rewards are all equal gets zeros (up to rounding): it teaches nothing.
    Integers, booleans, float16 and bfloat16 are computed in float32, and the answer is float32; float64 stays float64.
    The answer carries no gradient.
    No argument is changed.

    Raises:
        ValueError: `rewards` has not exactly one axis, `group_size` is smaller than 2 or does not divide the number of
            rewards, or `eps` is not above 0.

    Source: Shao et al. 2024, "DeepSeekMath", section 4.1.2; without the division: Liu et al. 2025, "Understanding
        R1-Zero-Like Training", section 3.2.
    """
    raise NotImplementedError("week 11, grpo: write group_advantages")


def grpo_loss(
    logps: Float[Tensor, "batch length"],
    old_logps: Float[Tensor, "batch length"] | None,
    advantages: Float[Tensor, " batch"],
    mask: Bool[Tensor, "batch length"],
    *,
    kind: Literal["grpo", "dr_grpo", "dapo"] = "grpo",
    clip: tuple[float, float] = (0.2, 0.2),
    reference_logps: Float[Tensor, "batch length"] | None = None,
    beta: float = 0.0,
    max_length: int | None = None,
) -> Float[Tensor, ""]:
    """Return the loss of GRPO, or of a relative that averages in another way.

    With ratio = exp(logps - old_logps), a token of an answer with advantage A costs
    -min(ratio * A, clipped ratio * A), where the clipped ratio is held between 1 - clip[0] and 1 + clip[1].
    `old_logps` None says that the current policy wrote the answers: every ratio is 1, and its gradient is that of
    `logps`. So the loss may well be 0 while its gradient is not.
    With a `beta` above 0 a token costs beta * (exp(d) - d - 1) more, where d = reference_logps - logps.

    `kind` says how the costs of the tokens become one number, and nothing else:
    "grpo": the mean over the tokens of each answer, then the mean over the answers (one without tokens counts as 0).
    "dapo": the sum over all tokens of the batch, divided by their number.
    "dr_grpo": the same sum, divided by batch * max_length.

    Only tokens with `mask` True count; what stands elsewhere changes nothing, be it infinite or NaN. Without any token
    the loss is 0. Gradients flow into `logps` alone, and are 0 where `mask` is False.
    float16 and bfloat16 are computed in float32, and the loss is float32; float64 stays float64.

    Args:
        clip: (0.2, 0.2) is the usual choice; DAPO takes (0.2, 0.28).
        max_length: the length up to which answers were sampled, used by "dr_grpo" alone; it may exceed `length`.
    Raises:
        ValueError: `kind` is none of the three; `old_logps`, `reference_logps` or `mask` has not the shape of `logps`,
            or `advantages` is not one number for each answer; one of `clip` or `beta` is negative or NaN; `beta` is
            above 0 and `reference_logps` is None; "dr_grpo" has no `max_length`, or one below 1.

    Source: Shao et al. 2024, equations 3 and 4; Liu et al. 2025, section 3.2; Yu et al. 2025, "DAPO", equation 8.
    """
    raise NotImplementedError("week 11, grpo: write grpo_loss")


def math_reward(text: str, gold: str) -> float:
    r"""Return 1.0 if the answer that a text ends with has the value of the gold answer, else 0.0.

    Numbers are what the given pattern `NUMBER` finds. The text's answer is its last number.
    If the text has a `\boxed{`, what stands between the last one and the brace that closes it decides alone: it must
    hold exactly one number, which is the answer. Braces may be nested in it: `\boxed{\text{about }12}`. A box that is
    never closed has no answer (the text was cut off), nor has a text without a number: 0.0.
    The gold answer is the last number of `gold`, so that a whole solution that ends with "#### 72" may be given.
    Values are compared exactly: "12", "12.0" and "012" are equal, and so are "1,234" and "1234"; 0.3333 is not 1/3.

    Raises:
        ValueError: `gold` has no number.

    Source: the rule of DeepSeek-AI 2025, "DeepSeek-R1", section 2.2.2 (a final answer in a box, checked by a rule).
    """
    raise NotImplementedError("week 11, grpo: write math_reward")

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
    # BEGIN SOLUTION
    if rewards.ndim != 1:
        raise ValueError(f"rewards must have one axis, not the shape {tuple(rewards.shape)}")
    if group_size < 2 or len(rewards) % group_size:
        raise ValueError(f"{len(rewards)} rewards do not make groups of {group_size}, with at least 2 in each")
    if not eps > 0:
        raise ValueError(f"eps must be above 0, not {eps}")
    groups = rewards.detach().to(torch.promote_types(rewards.dtype, torch.float32)).unflatten(0, (-1, group_size))
    groups = groups - groups[:, :1]  # so that equal rewards are exactly 0, whatever the mean would round
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        advantages = advantages / (groups.std(dim=1, keepdim=True) + eps)
    return advantages.flatten()
    # END SOLUTION


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
    # BEGIN SOLUTION
    if kind not in ("grpo", "dr_grpo", "dapo"):
        raise ValueError(f'kind must be "grpo", "dr_grpo" or "dapo", not {kind!r}')
    for other in (old_logps, reference_logps, mask):
        if other is not None and other.shape != logps.shape:
            raise ValueError(f"{tuple(other.shape)} is not the shape of logps, {tuple(logps.shape)}")
    if advantages.shape != logps.shape[:1]:
        raise ValueError(f"{tuple(advantages.shape)} is not one advantage for each of {len(logps)} answers")
    if not (clip[0] >= 0 and clip[1] >= 0 and beta >= 0):
        raise ValueError(f"neither of clip {clip} and beta {beta} may be negative")
    if beta > 0 and reference_logps is None:
        raise ValueError("a penalty needs reference_logps")
    if kind == "dr_grpo" and (max_length is None or max_length < 1):
        raise ValueError(f"dr_grpo divides by a max_length of at least 1, not by {max_length}")

    dtype = torch.promote_types(logps.dtype, torch.float32)
    # Padding becomes 0 before anything is computed: exp(NaN) * 0 would still be NaN, in the gradient, too.
    logps = torch.where(mask, logps.to(dtype), 0.0)
    old_logps = logps.detach() if old_logps is None else torch.where(mask, old_logps.detach().to(dtype), 0.0)
    ratio = (logps - old_logps).exp()
    weight = advantages.detach().to(dtype)[:, None]  # (batch, 1): every token of an answer has its advantage
    costs = -torch.minimum(ratio * weight, ratio.clamp(1 - clip[0], 1 + clip[1]) * weight)
    if beta > 0:
        d = torch.where(mask, reference_logps.detach().to(dtype), 0.0) - logps
        costs = costs + beta * (d.exp() - d - 1)
    costs = torch.where(mask, costs, 0.0)

    if kind == "grpo":
        return (costs.sum(dim=1) / mask.sum(dim=1).clamp(min=1)).sum() / max(len(costs), 1)
    if kind == "dapo":
        return costs.sum() / mask.sum().clamp(min=1)
    return costs.sum() / (max(len(costs), 1) * max_length)
    # END SOLUTION


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
    # BEGIN SOLUTION
    right = _numbers(gold)
    if not right:
        raise ValueError(f"the gold answer {gold!r} has no number")
    _, box, rest = text.rpartition(r"\boxed{")
    found = _numbers(_up_to_its_brace(rest)) if box else _numbers(text)[-1:]
    return float(len(found) == 1 and found[0] == right[-1])
    # END SOLUTION


# BEGIN SOLUTION
def _numbers(text: str) -> list[Decimal]:
    """The values of all numbers of a text, exact."""
    return [Decimal(number.replace(",", "").replace("−", "-")) for number in NUMBER.findall(text)]


def _up_to_its_brace(rest: str) -> str:
    """What stands before the brace that closes a box; nothing if none does."""
    depth = 1
    for place, letter in enumerate(rest):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return rest[:place]
    return ""


# END SOLUTION

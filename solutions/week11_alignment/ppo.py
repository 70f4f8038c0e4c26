"""Week 11, ppo: a step towards what went better than expected, and no further than the samples can vouch for.

The loss is written for its gradient. Its value says little: at the first step it is minus the mean advantage.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

Mask = Int[Tensor, "*shape"] | Bool[Tensor, "*shape"]


def ppo_loss(
    logp: Float[Tensor, "*shape"],
    old_logp: Float[Tensor, "*shape"],
    advantages: Float[Tensor, "*shape"],
    mask: Mask,
    clip: float = 0.2,
) -> Float[Tensor, ""]:
    """Return the clipped policy loss, the mean over all real tokens of the batch.

    With ratio = exp(logp - old_logp), a token's loss is -min(ratio * advantage, clamp(ratio, 1 - clip, 1 + clip) *
    advantage): a good token has no gradient once its ratio is above 1 + clip, a bad one none once it is below 1 - clip.
    Only `logp` learns: `old_logp` and `advantages` are constants, also where they belong to a graph.
    The mean is taken over all places together whose mask is not 0 (or is True): a long answer weighs more than a short
    one. What stands elsewhere, even NaN, changes neither the loss nor a gradient. Without a real token the loss is 0,
    and so are the gradients.

    Args:
        logp: log-probability of each sampled token under the policy as it is now.
        old_logp: the same under the policy that sampled it.

    Raises:
        ValueError: the tensors differ in shape, or `clip` is not above 0.

    Source: Schulman et al. 2017, "Proximal Policy Optimization Algorithms", equation 7.
    """
    # BEGIN SOLUTION
    _check(clip, logp, old_logp, advantages, mask)
    real = mask != 0
    # Before exp: where() after it would keep exp's infinite gradient, and infinity times 0 is NaN.
    ratio = (logp - old_logp.detach()).where(real, 0.0).exp()
    gains = advantages.detach().where(real, 0.0)
    losses = -torch.minimum(ratio * gains, ratio.clamp(1 - clip, 1 + clip) * gains)
    return losses.sum() / real.sum().clamp(min=1)
    # END SOLUTION


def value_loss(
    values: Float[Tensor, "*shape"],
    old_values: Float[Tensor, "*shape"],
    returns: Float[Tensor, "*shape"],
    mask: Mask,
    clip: float = 0.2,
) -> Float[Tensor, ""]:
    """Return half the clipped squared error of the value head, the mean over all real tokens of the batch.

    A token's loss is the larger of (values - returns)^2 and (clipped - returns)^2, divided by 2, where clipped is
    `values`, but moved at most `clip` away from `old_values`: no gradient once a value has moved that far towards its
    return.
    Only `values` learns: `old_values` and `returns` are constants, also where they belong to a graph.
    Real tokens, their mean and what stands elsewhere are as in ppo_loss.

    Raises:
        ValueError: the tensors differ in shape, or `clip` is not above 0.

    Source: the published code of Schulman et al. 2017 (openai/baselines, ppo2); the paper does not clip values.
    """
    # BEGIN SOLUTION
    _check(clip, values, old_values, returns, mask)
    real = mask != 0
    values, old, goals = (x.where(real, 0.0) for x in (values, old_values.detach(), returns.detach()))
    clipped = old + (values - old).clamp(-clip, clip)
    losses = torch.maximum((values - goals).square(), (clipped - goals).square()) / 2
    return losses.sum() / real.sum().clamp(min=1)
    # END SOLUTION


def ppo_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, Tensor],
    *,
    clip: float = 0.2,
    value_weight: float = 0.1,
    max_norm: float = 1.0,
) -> dict[str, float]:
    """Take one optimizer step on texts that the policy sampled.

    `batch` has the tensors "ids", "mask", "logp", "values", "advantages" and "returns", all (batch, length). Each entry
    is about the token at its own place; the mask is 1 (or True) for tokens that the policy sampled and 0 (or False) for
    prompt and padding. Where it is 0, "logp", "values", "advantages" and "returns" may hold anything, NaN too.
    The model is called once, as `model(ids)`, and gives (logits, values): (batch, length, vocabulary) and (batch,
    length). Both at t are about what comes after the token at t. So the token at t is scored by the logits at t - 1,
    and its value is the one at t - 1; the first token of a row has neither.
    The optimizer holds all parameters of the model.
    The loss is ppo_loss + value_weight * value_loss, with `clip` in both. Old values are those of the batch.
    Gradients from before do not count, and none are left behind: in the end each is None or 0. Where the norm of all
    gradients together is above `max_norm`, all are multiplied by max_norm / norm (as in torch, 1e-6 may be added to the
    divisor). If the norm is infinite or NaN, no step is taken. The mode of the model is not changed.

    Returns:
        Python floats, all from before the update: "policy_loss", "value_loss", "norm" (before it is scaled), "kl" (the
        mean of the batch's logp - logp now, over real tokens) and "clipped" (the share of real tokens whose ratio is
        below 1 - clip or above 1 + clip).

    Raises:
        ValueError: no token is real, or a first token is. Then the model is not called and nothing changes.

    Source: Schulman et al. 2017, algorithm 1 and equation 9, without the entropy bonus; Ziegler et al. 2019, section 2.
    """
    # BEGIN SOLUTION
    ids, mask = batch["ids"], batch["mask"] != 0
    if not mask.any() or mask[:, 0].any():
        raise ValueError("the mask needs a real token, and none in the first column")
    model.zero_grad()
    logits, values = model(ids)
    logp = -F.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")  # (batch, length - 1)
    old = {name: batch[name][:, 1:] for name in ("logp", "values", "advantages", "returns")}
    mask, values = mask[:, 1:], values[:, :-1]
    policy = ppo_loss(logp, old["logp"], old["advantages"], mask, clip)
    value = value_loss(values, old["values"], old["returns"], mask, clip)
    (policy + value_weight * value).backward()
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm))
    if math.isfinite(norm):
        optimizer.step()
    model.zero_grad()
    moved = (logp.detach() - old["logp"])[mask]
    beyond = (moved.exp() < 1 - clip) | (moved.exp() > 1 + clip)
    return {
        "policy_loss": float(policy.detach()),
        "value_loss": float(value.detach()),
        "norm": norm,
        "kl": -float(moved.mean()),
        "clipped": float(beyond.float().mean()),
    }
    # END SOLUTION


# BEGIN SOLUTION
def _check(clip: float, *tensors: Tensor) -> None:
    """Refuse shapes that differ and a clip that leaves no room."""
    if any(tensor.shape != tensors[0].shape for tensor in tensors):
        raise ValueError("the tensors differ in shape")
    if not clip > 0:
        raise ValueError(f"clip is {clip}")


# END SOLUTION

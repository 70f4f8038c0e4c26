"""In the style of TRL's PPOTrainer: the two losses as maxima, masked means, log_softmax and gather."""

import math

import torch


def masked_mean(values, mask):
    return (values * mask).sum() / mask.sum().clamp(min=1)


def blank(mask, *tensors):
    return [torch.masked_fill(tensor, ~mask, 0) for tensor in tensors]


def check(clip, *tensors):
    if len({tensor.shape for tensor in tensors}) > 1:
        raise ValueError("shapes")
    if math.isnan(clip) or clip <= 0:
        raise ValueError("clip")


def ppo_loss(logp, old_logp, advantages, mask, clip=0.2):
    check(clip, logp, old_logp, advantages, mask)
    mask = mask.bool()
    logp, old_logp, advantages = blank(mask, logp, old_logp.detach(), advantages.detach())
    ratio = torch.exp(logp - old_logp)
    pg_losses = -advantages * ratio
    pg_losses2 = -advantages * torch.clamp(ratio, 1.0 - clip, 1.0 + clip)
    return masked_mean(torch.max(pg_losses, pg_losses2), mask)


def value_loss(values, old_values, returns, mask, clip=0.2):
    check(clip, values, old_values, returns, mask)
    mask = mask.bool()
    values, old_values, returns = blank(mask, values, old_values.detach(), returns.detach())
    clipped = torch.clamp(values, old_values - clip, old_values + clip)
    return 0.5 * masked_mean(torch.max(torch.square(values - returns), torch.square(clipped - returns)), mask)


def ppo_step(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    mask = batch["mask"].bool()
    if not mask.any() or mask[:, 0].any():
        raise ValueError("mask")
    logits, values = model(batch["ids"])
    everything = logits.log_softmax(-1)[:, :-1]
    logp = torch.gather(everything, 2, batch["ids"][:, 1:].unsqueeze(2)).squeeze(2)
    mask, old = mask[:, 1:], {name: table[:, 1:] for name, table in batch.items()}
    policy = ppo_loss(logp, old["logp"], old["advantages"], mask, clip)
    value = value_loss(values[:, :-1], old["values"], old["returns"], mask, clip)
    optimizer.zero_grad(set_to_none=False)
    (policy + value_weight * value).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    if torch.isfinite(norm):
        optimizer.step()
    optimizer.zero_grad()
    with torch.no_grad():
        ratio = (logp - old["logp"])[mask]
        clipped = ((ratio.exp() - 1).abs() > clip).double().mean()
    return {
        "clipped": clipped.item(),
        "kl": (-ratio).mean().item(),
        "norm": norm.item(),
        "policy_loss": policy.item(),
        "value_loss": value.item(),
    }

"""In the style of TRL and stable-baselines: lists that grow from the end, masked mean and variance."""

import torch


def discounted_returns(rewards, dones, gamma):
    if gamma != gamma or gamma < 0 or gamma > 1:
        raise ValueError("gamma")
    if dones.shape != rewards.shape:
        raise ValueError("shapes")
    reversed_returns, running = [], 0
    for t in reversed(range(rewards.size(-1))):
        running = rewards[..., t] + gamma * running * (1.0 - dones[..., t].to(rewards.dtype))
        reversed_returns.append(running)
    return torch.stack(reversed_returns[::-1], dim=-1)


@torch.no_grad()
def gae(rewards, values, dones, gamma, lam):
    if any(not 0 <= share <= 1 for share in (gamma, lam)):
        raise ValueError("share")
    if dones.shape != rewards.shape or values.shape != (*rewards.shape[:-1], rewards.shape[-1] + 1):
        raise ValueError("shapes")
    values = values.type_as(rewards)
    last, out = 0, []
    for t in reversed(range(rewards.size(-1))):
        alive = 1.0 - dones[..., t].type_as(rewards)
        delta = rewards[..., t] + gamma * values[..., t + 1] * alive - values[..., t]
        last = delta + gamma * lam * alive * last
        out.append(last)
    advantages = torch.stack(out[::-1], dim=-1)
    return advantages, advantages + values[..., :-1]


def masked_mean(values, mask):
    return (values * mask).sum() / mask.sum().clamp(min=1)


def whiten(x, mask, eps=1e-8):
    if mask.shape != x.shape:
        raise ValueError("shapes")
    values = torch.masked_fill(x, mask == 0, 0.0)
    values = values if x.dtype == torch.float64 else values.float()
    weight = mask.bool().type_as(values)
    mean = masked_mean(values, weight)
    variance = masked_mean((values - mean) ** 2, weight)
    return ((values - mean) * torch.rsqrt(variance + eps) * weight).to(x.dtype)

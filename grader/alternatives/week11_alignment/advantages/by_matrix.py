"""One matrix of weights for all pairs of steps instead of a loop; the real values picked out by index."""

import torch


def weights(dones, share, dtype):
    """(..., t, s): share^(s - t) where s is in the episode of t and not before it."""
    steps = dones.shape[-1]
    episode = dones.long().cumsum(-1) - dones.long()  # how many ends lie before a step
    same = episode.unsqueeze(-1) == episode.unsqueeze(-2)
    place = torch.arange(steps, device=dones.device)
    distance = place.unsqueeze(0) - place.unsqueeze(1)
    powers = torch.as_tensor(share, dtype=dtype, device=dones.device) ** distance.clamp(min=0)
    return torch.where(same & (distance >= 0), powers, 0.0)


def discounted_returns(rewards, dones, gamma):
    if not 0 <= gamma <= 1 or rewards.shape != dones.shape:
        raise ValueError("arguments")
    return (weights(dones, gamma, rewards.dtype) @ rewards.unsqueeze(-1)).squeeze(-1)


def gae(rewards, values, dones, gamma, lam):
    if not (0 <= gamma <= 1 and 0 <= lam <= 1):
        raise ValueError("shares")
    if rewards.shape != dones.shape or values.shape[:-1] != rewards.shape[:-1]:
        raise ValueError("shapes")
    if values.shape[-1] != rewards.shape[-1] + 1:
        raise ValueError("values")
    rewards, values = rewards.detach(), values.detach().to(rewards.dtype)
    before, behind = values[..., :-1], values[..., 1:].masked_fill(dones, 0.0)
    deltas = rewards + gamma * behind - before
    advantages = (weights(dones, gamma * lam, rewards.dtype) @ deltas.unsqueeze(-1)).squeeze(-1)
    return advantages, advantages + before


def whiten(x, mask, eps=1e-8):
    if x.shape != mask.shape:
        raise ValueError("shapes")
    real = mask.bool()
    out = torch.zeros_like(x)
    values = x[real]
    if values.numel():
        values = values.to(torch.float64)
        variance, mean = torch.var_mean(values, correction=0)
        out[real] = ((values - mean) / torch.sqrt(variance + eps)).to(x.dtype)
    return out

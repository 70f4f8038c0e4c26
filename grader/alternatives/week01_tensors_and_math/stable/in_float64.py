"""Numerators and denominators in float64, one-hot targets, and special.entr."""

import torch


def softmax(x, dim=-1):
    wide = x.double()
    top = wide.amax(dim, keepdim=True).clamp(min=-1e300)
    powers = torch.exp(wide - top)
    return (powers / powers.sum(dim, keepdim=True).clamp(min=1e-300)).to(x.dtype)


def logsumexp(x, dim=-1):
    wide = x.double()
    top = wide.amax(dim, keepdim=True).clamp(min=-1e300)
    total = torch.exp(wide - top).sum(dim)
    empty = total == 0
    answer = total.clamp(min=1e-300).log() + top.squeeze(dim)
    return torch.where(empty, -torch.inf, answer).to(x.dtype)


def cross_entropy(logits, targets, ignore_index=-100):
    ignored = targets == ignore_index
    places = torch.arange(logits.shape[-1], device=logits.device)
    hit = (targets[..., None] == places) & ~ignored[..., None]
    if not bool((hit.any(-1) | ignored).all()):
        raise ValueError("a target is no class")
    losses = logsumexp(logits.double()) - (logits.double() * hit).sum(-1)
    losses = torch.where(ignored, torch.zeros_like(losses), losses)
    return (losses.sum() / max(1, int((~ignored).sum()))).to(logits.dtype)


def sure(p):
    if bool((p < 0).any()) or float((p.double().sum(-1) - 1).abs().max()) > 1e-4:
        raise ValueError("not a distribution")


def entropy(p):
    sure(p)
    return torch.special.entr(p.double()).sum(-1).to(p.dtype)


def kl_divergence(p, q):
    sure(p)
    sure(q)
    cross = -torch.xlogy(p.double(), q.double()).sum(-1)
    return (cross - torch.special.entr(p.double()).sum(-1)).to(p.dtype)

"""Everything from one log-softmax, as the libraries do it, with masks instead of xlogy."""

import torch


def log_probabilities(x, dim):
    top = torch.max(x, dim, keepdim=True).values
    top = torch.where(torch.isfinite(top), top, torch.zeros_like(top)).detach()
    centred = x - top
    return centred, centred.exp().sum(dim, keepdim=True).log(), top


def widened(x):
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def softmax(x, dim=-1):
    centred, log_total, _ = log_probabilities(widened(x), dim)
    nothing = torch.isneginf(log_total)
    answer = (centred - log_total.masked_fill(nothing, 0)).exp()
    return answer.to(x.dtype)


def logsumexp(x, dim=-1):
    empty = torch.isneginf(x).all(dim, keepdim=True)  # replaced before and after, so that its gradient is 0
    _, log_total, top = log_probabilities(widened(x).masked_fill(empty, 0), dim)
    return (log_total + top).masked_fill(empty, float("-inf")).squeeze(dim).to(x.dtype)


def cross_entropy(logits, targets, ignore_index=-100):
    classes = logits.shape[-1]
    rows, marks = widened(logits).reshape(-1, classes), targets.reshape(-1)
    kept = marks != ignore_index
    rows, marks = rows[kept], marks[kept]
    if len(marks) == 0:
        return rows.sum().to(logits.dtype)  # of no rows: 0, and so is its gradient
    if marks.min() < 0 or marks.max() >= classes:
        raise ValueError("a target is no class")
    centred, log_total, _ = log_probabilities(rows, -1)
    picked = (centred - log_total)[torch.arange(len(marks), device=marks.device), marks]
    return -picked.mean().to(logits.dtype)


def checked(p):
    total = p.sum(-1)
    if bool((p < 0).any()) or not torch.allclose(total, torch.ones_like(total), rtol=0, atol=1e-4):
        raise ValueError("not a distribution")
    return p


def entropy(p):
    checked(p)
    return torch.where(p > 0, -p * p.clamp(min=1e-45).log(), torch.zeros_like(p)).sum(-1)


def kl_divergence(p, q):
    checked(p), checked(q)
    terms = p * (p.log() - q.log())
    return terms.masked_fill(p == 0, 0).sum(-1)

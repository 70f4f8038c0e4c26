"""Backwards through each row, with a score that is paid once; the estimators as a table of functions."""

import torch

ESTIMATES = {
    "k1": lambda p, q: p - q,
    "k2": lambda p, q: (p - q) * (p - q) * 0.5,
    "k3": lambda p, q: torch.exp(q - p) - (q - p + 1),
}


def kl_estimate(logp, reference, kind):
    if tuple(logp.shape) != tuple(reference.shape):
        raise ValueError("shapes")
    try:
        formula = ESTIMATES[kind]
    except KeyError:
        raise ValueError(kind) from None
    return formula(logp, reference)


def shape_rewards(scores, kl, beta, mask):
    if not (beta >= 0):
        raise ValueError("beta")
    if kl.shape != mask.shape or scores.ndim != 1 or len(scores) != len(kl):
        raise ValueError("shapes")
    rewards = torch.zeros_like(kl.detach())
    for row in range(len(kl)):
        pay = scores[row].item()
        for place in reversed(range(kl.shape[1])):
            if mask[row, place]:
                rewards[row, place] = pay - beta * kl[row, place].item()
                pay = 0.0
    return rewards

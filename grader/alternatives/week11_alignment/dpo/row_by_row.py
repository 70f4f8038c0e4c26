"""One answer and one pair at a time; the losses through logaddexp."""

import torch


def _up(x):
    return x.to(torch.float32) if x.dtype in (torch.float16, torch.bfloat16) else x


def answer_logps(logits, labels):
    if tuple(logits.shape[:2]) != tuple(labels.shape):
        raise ValueError("labels")
    logits = _up(logits)
    sums, counts = [], []
    for scores, row in zip(logits, labels, strict=True):
        places = (row[1:] != -100).nonzero().flatten()
        picked = scores[places, row[places + 1]] - scores[places].logsumexp(-1)
        sums.append(picked.sum())
        counts.append(len(places))
    return torch.stack(sums), torch.tensor(counts, device=labels.device)


def _check(beta, first, *others):
    if beta != beta or beta <= 0 or first.shape[0] == 0:
        raise ValueError("beta or batch")
    for other in others:
        if other.shape != first.shape:
            raise ValueError("shape")


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0):
    _check(beta, policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    if label_smoothing < 0 or not label_smoothing < 0.5:
        raise ValueError("label_smoothing")
    better = beta * (_up(policy_chosen) - _up(reference_chosen.data))
    worse = beta * (_up(policy_rejected) - _up(reference_rejected.data))
    losses = []
    for m in better - worse:
        zero = torch.zeros_like(m)
        # -log sigmoid(m) = log(1 + exp(-m)), and the flipped one is larger by m.
        losses.append(torch.logaddexp(zero, -m) + label_smoothing * m)
    return torch.stack(losses).mean(), better, worse


def ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    _check(beta, policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    h = _up(policy_chosen) - _up(policy_rejected) - _up(reference_chosen.data) + _up(reference_rejected.data)
    return torch.nn.functional.mse_loss(h, torch.full_like(h, 0.5 / beta))


def simpo_loss(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    _check(beta, chosen, rejected, chosen_lengths, rejected_lengths)
    if not (bool((chosen_lengths > 0).all()) and bool((rejected_lengths > 0).all())):
        raise ValueError("length")
    total = 0
    for c, r, a, b in zip(_up(chosen), _up(rejected), chosen_lengths.tolist(), rejected_lengths.tolist(), strict=True):
        m = beta * (c / a - r / b) - gamma
        total = total + torch.logaddexp(torch.zeros_like(m), -m)
    return total / len(chosen)

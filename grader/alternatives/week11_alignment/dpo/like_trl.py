"""In the style of trl and of the published code: per-token log-probabilities first, then log-ratios of the models."""

import torch
import torch.nn.functional as F


def answer_logps(logits, labels):
    if logits.shape[:2] != labels.shape:
        raise ValueError("Logits and labels must have the same batch and sequence length.")
    if logits.dtype != torch.float64:
        logits = logits.float()
    labels = labels[:, 1:].clone()
    logits = logits[:, :-1, :]
    loss_mask = labels != -100
    labels[~loss_mask] = 0
    logits = logits.masked_fill(~loss_mask.unsqueeze(2), 0)
    per_token_logps = torch.gather(logits.log_softmax(-1), dim=2, index=labels.unsqueeze(2)).squeeze(2)
    per_token_logps = per_token_logps.masked_fill(~loss_mask, 0)
    return per_token_logps.sum(-1), loss_mask.sum(-1)


def _same(*tables):
    if any(table.shape != tables[0].shape for table in tables) or len(tables[0]) == 0:
        raise ValueError("shapes")


def _at_least_single(tables):
    return [table if table.dtype == torch.float64 else table.float() for table in tables]


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0):
    _same(policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    if not beta > 0 or not (0 <= label_smoothing < 0.5):
        raise ValueError("beta or label_smoothing")
    pc, pr = _at_least_single((policy_chosen, policy_rejected))
    rc, rr = _at_least_single((reference_chosen.detach(), reference_rejected.detach()))
    logits = (pc - pr) - (rc - rr)
    losses = -F.logsigmoid(beta * logits) * (1 - label_smoothing) - F.logsigmoid(-beta * logits) * label_smoothing
    return losses.mean(), beta * (pc - rc).detach(), beta * (pr - rr).detach()


def ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    _same(policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    if not beta > 0:
        raise ValueError("beta")
    pc, pr = _at_least_single((policy_chosen, policy_rejected))
    with torch.no_grad():
        rc, rr = _at_least_single((reference_chosen, reference_rejected))
        ref_logratios = rc - rr
    logits = (pc - pr) - ref_logratios
    return torch.mean((logits - 1 / (2 * beta)) ** 2)


def simpo_loss(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    _same(chosen, rejected, chosen_lengths, rejected_lengths)
    if not beta > 0 or int(torch.minimum(chosen_lengths, rejected_lengths).min()) < 1:
        raise ValueError("beta or length")
    chosen, rejected = _at_least_single((chosen, rejected))
    logits = chosen / chosen_lengths - rejected / rejected_lengths - gamma / beta
    return F.softplus(-beta * logits).mean()

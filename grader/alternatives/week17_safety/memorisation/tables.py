"""Every pair in one table of comparisons, and the ROC curve by trying all thresholds: the style of a tutorial."""

import math

import torch


def exposure(canaries, others):
    if canaries.dim() != 1 or others.dim() != 1 or others.numel() < 1:
        raise ValueError("one axis each")
    if torch.isnan(canaries).any() or torch.isnan(others).any():
        raise ValueError("NaN")
    with torch.no_grad():
        rank = (others.unsqueeze(0) <= canaries.unsqueeze(1)).sum(dim=1) + 1
        return math.log2(len(others) + 1) - rank.to(torch.float64).log2()


def membership_scores(losses, reference=None, kind="loss"):
    if kind not in ("loss", "difference", "ratio"):
        raise ValueError(kind)
    if kind == "loss":
        return losses * -1
    if reference is None or losses.shape != reference.shape:
        raise ValueError("reference")
    if kind == "difference":
        return -(losses - reference)
    if torch.any(~(reference > 0)):
        raise ValueError("reference")
    return (losses / reference).neg()


def check(scores, members):
    if scores.shape != members.shape:
        raise ValueError("shapes")
    if torch.isnan(scores).any() or members.all() or (~members).all():
        raise ValueError("scores")


def attack_auc(scores, members):
    check(scores, members)
    a, b = scores[members][:, None], scores[~members][None, :]
    wins, ties = (a > b).sum().item(), (a == b).sum().item()
    return (wins + ties / 2) / (a.numel() * b.numel())


def tpr_at_fpr(scores, members, max_fpr=0.01):
    check(scores, members)
    if not (max_fpr >= 0 and max_fpr <= 1):
        raise ValueError("rate")
    thresholds = torch.unique(scores)
    named = scores >= thresholds[:, None]
    fpr = (named & ~members).sum(1).double() / (~members).sum()
    tpr = (named & members).sum(1).double() / members.sum()
    return max([0.0, *tpr[fpr <= max_fpr].tolist()])

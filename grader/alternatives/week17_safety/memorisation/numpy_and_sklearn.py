"""In numpy, with scikit-learn's curves: what somebody does who has them at hand."""

import numpy as np
import torch
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score, roc_curve


def exposure(canaries, others):
    a, b = canaries.detach().cpu().numpy(), others.detach().cpu().numpy()
    if a.ndim != 1 or b.ndim != 1 or b.size == 0 or np.isnan(a).any() or np.isnan(b).any():
        raise ValueError
    ranks = np.array([rankdata(np.append(b, one), method="max")[-1] for one in a], dtype=np.float64)
    return torch.from_numpy(np.log2(b.size + 1) - np.log2(ranks)).to(canaries.device)


def membership_scores(losses, reference=None, kind="loss"):
    if kind == "loss":
        return torch.neg(losses)
    if kind not in {"difference", "ratio"} or reference is None or reference.size() != losses.size():
        raise ValueError
    if kind == "difference":
        return torch.sub(reference, losses)
    if not bool((reference > 0).all()):
        raise ValueError
    return torch.div(torch.neg(losses), reference)


def arrays(scores, members):
    s, m = scores.detach().cpu().numpy(), members.cpu().numpy()
    if s.shape != m.shape or np.isnan(s).any() or m.all() or not m.any():
        raise ValueError
    return np.unique(s, return_inverse=True)[1], m  # ranks: sklearn refuses infinite scores


def attack_auc(scores, members):
    s, m = arrays(scores, members)
    return float(roc_auc_score(m, s))


def tpr_at_fpr(scores, members, max_fpr=0.01):
    s, m = arrays(scores, members)
    if not 0 <= max_fpr <= 1:
        raise ValueError
    fpr, tpr, _ = roc_curve(m, s, drop_intermediate=False)
    return tpr[fpr <= max_fpr].max()

"""Kappa from a confusion matrix as scikit-learn does it, alpha from a coincidence matrix."""

import itertools

import numpy as np


def cohen_kappa(first, second, scale, weights=None):
    if len(first) != len(second) or len(first) == 0 or len(set(scale)) != len(scale):
        raise ValueError("lists")
    if weights is not None and weights != "linear" and weights != "quadratic":
        raise ValueError("weights")
    k = len(scale)
    confusion = np.zeros((k, k))
    for one, other in zip(first, second, strict=True):
        if one not in scale or other not in scale:
            raise ValueError("rating")
        confusion[scale.index(one), scale.index(other)] += 1
    expected = np.outer(confusion.sum(1), confusion.sum(0)) / confusion.sum()
    w = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    w = np.where(w > 0, 1.0, 0.0) if weights is None else w ** (1 + (weights == "quadratic"))
    chance = (w * expected).sum()
    return float(1 - (w * confusion).sum() / chance) if chance > 0 else float("nan")


def krippendorff_alpha(ratings, level="nominal"):
    x = ratings.detach().cpu().double().numpy()
    if np.isinf(x).any() or level not in {"nominal", "ordinal", "interval"}:
        raise ValueError("ratings or level")
    domain = np.unique(x[:, (~np.isnan(x)).sum(0) > 1])
    domain = domain[~np.isnan(domain)]
    if len(domain) == 0:
        raise ValueError("nothing to compare")
    coincidences = np.zeros((len(domain),) * 2)
    for column in x.T:
        values = column[~np.isnan(column)]
        for one, other in itertools.permutations(range(len(values)), 2):
            place = np.searchsorted(domain, values[[one, other]])
            coincidences[place[0], place[1]] += 1 / (len(values) - 1)
    totals = coincidences.sum(0)
    n = totals.sum()
    apart = np.zeros_like(coincidences)
    for c, k in itertools.combinations(range(len(domain)), 2):
        apart[c, k] = apart[k, c] = {
            "nominal": 1,
            "interval": (domain[k] - domain[c]) ** 2,
            "ordinal": (totals[c : k + 1].sum() - (totals[c] + totals[k]) / 2) ** 2,
        }[level]
    chance = (np.outer(totals, totals) * apart).sum()
    return float(1 - (n - 1) * (coincidences * apart).sum() / chance) if chance > 0 else float("nan")

"""Bradley-Terry as the logistic regression that it is, in scipy's hands; the search for groups by a graph library."""

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components


def judge_pairs(judge, a, b):
    if len(a) != len(b) or len(a) == 0:
        raise ValueError("lengths")
    answers = np.array([[judge(x, y), judge(y, x)] for x, y in zip(a, b, strict=True)], dtype=float)  # (pairs, 2)
    if not np.all((answers >= 0) & (answers <= 1)):
        raise ValueError("answers")
    signs = np.sign(answers - 0.5)
    return {
        "scores": ((answers[:, 0] + 1 - answers[:, 1]) / 2).tolist(),
        "bias": float(answers.mean() - 0.5),
        "consistent": float((signs[:, 0] == -signs[:, 1]).mean()),
    }


def bradley_terry(wins, prior=0.0):
    if wins.dim() != 2 or wins.size(0) != wins.size(1) or wins.size(0) == 0:
        raise ValueError("shape")
    w = wins.cpu().double().numpy().copy()
    if not np.isfinite(w).all() or (w < 0).any() or np.diag(w).any() or not np.isfinite(prior) or prior < 0:
        raise ValueError("entries")
    players = len(w)
    w[~np.eye(players, dtype=bool)] += prior
    if connected_components(w > 0, connection="strong")[0] != 1:
        raise ValueError("groups")
    i, j = np.nonzero(w)
    counts = w[i, j]

    def loss(s):
        margin = s[i] - s[j]
        missed = counts / (1 + np.exp(margin))
        slope = np.bincount(j, missed, players) - np.bincount(i, missed, players)
        return float((counts * np.logaddexp(0, -margin)).sum()), slope

    def curvature(s):
        p = 1 / (1 + np.exp(s[j] - s[i]))
        h = np.zeros((players, players))
        for row, column, value in zip(i, j, counts * p * (1 - p), strict=True):
            h[row, row] += value
            h[column, column] += value
            h[row, column] -= value
            h[column, row] -= value
        return h + 1e-9 * np.eye(players)

    found = np.zeros(players)
    if players > 1:
        found = minimize(loss, found, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-11}).x
    return torch.from_numpy(found - found.mean()).to(wins.device)


def bootstrap_interval(values, statistic, generator, *, resamples=1000, level=0.95):
    if len(values) < 1 or resamples < 1 or not (level > 0 and level < 1):
        raise ValueError("arguments")
    found = []
    for _ in range(resamples):  # one resample's rows at a time are the same numbers
        row = torch.randint(len(values), (len(values),), generator=generator, device=generator.device)
        found.append(float(statistic(torch.index_select(values, 0, row.to(values.device)))))
    tail = (1 - level) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)

"""The same with numpy."""

import numpy as np
import torch


def back(answer, like):
    return torch.from_numpy(np.asarray(answer)).to(like.device, like.dtype)


def posterior(prior, likelihood):
    p, q = prior.double().cpu().numpy(), likelihood.double().cpu().numpy()
    if (p < 0).any() or (q < 0).any() or (np.abs(p.sum(-1) - 1) > 1e-4).any():
        raise ValueError("not a distribution")
    product = p * q
    total = product.sum(-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("impossible")
    return back(product / total, prior)


def fit_gaussian(x):
    if not len(x):
        raise ValueError("nothing to fit")
    table = x.double().cpu().numpy()
    mean = table.mean(0)
    covariance = sum(np.outer(row - mean, row - mean) for row in table) / len(table)
    return back(mean, x), back(covariance, x)


def fit_categorical(counts, alpha=0.0):
    table = counts.double().cpu().numpy()
    if (table < 0).any() or alpha < 0:
        raise ValueError("negative")
    table = table + alpha
    if (table.sum(-1) == 0).any():
        raise ValueError("nothing seen")
    dtype = counts.dtype if counts.is_floating_point() else torch.float32
    return torch.from_numpy(table / table.sum(-1, keepdims=True)).to(counts.device, dtype)


def mutual_information(joint):
    table = joint.double().cpu().numpy()
    if (table < 0).any() or abs(table.sum() - 1) > 1e-4:
        raise ValueError("not a joint distribution")
    total = 0.0
    for i, j in zip(*table.nonzero(), strict=True):
        total += table[i, j] * np.log(table[i, j] / table[i].sum() / table[:, j].sum())
    return back(total, joint)

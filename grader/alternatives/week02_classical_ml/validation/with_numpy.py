"""Folds by a table of class counts, as scikit-learn allots them; recursion over the grid."""

import numpy as np
import torch


def k_folds(n, k, generator, labels=None):
    if k < 2 or k > n:
        raise ValueError("k")
    if labels is not None and labels.numel() != n:
        raise ValueError("labels")
    noise = torch.rand(n, generator=generator, dtype=torch.float64, device=generator.device).cpu().numpy()
    classes = np.zeros(n, dtype=int) if labels is None else np.unique(labels.cpu().numpy(), return_inverse=True)[1]
    ordered = np.sort(classes)
    wanted = [np.bincount(ordered[one::k], minlength=classes.max() + 1) for one in range(k)]
    fold = np.empty(n, dtype=int)
    for c in range(classes.max() + 1):
        members = np.nonzero(classes == c)[0]
        members = members[np.argsort(noise[members])]
        fold[members] = np.repeat(np.arange(k), [counts[c] for counts in wanted])
    places = torch.arange(n, device=generator.device)
    fold = torch.from_numpy(fold).to(generator.device)
    return [(places[fold != one], places[fold == one]) for one in range(k)]


def standardise(train, test):
    if train.size(0) == 0 or train.size(1) != test.size(1):
        raise ValueError("rows or columns")
    mean = train.double().mean(0)
    deviation = train.double().var(0, correction=0).sqrt()
    deviation[train.amax(0) == train.amin(0)] = 1.0
    return tuple(((part.double() - mean) / deviation).to(train.dtype) for part in (train, test))


def grid_search(fit, score, X, y, grid, folds):
    if len(folds) == 0 or any(len(values) == 0 for values in grid.values()):
        raise ValueError("folds or grid")
    combinations = [{}]
    for name, values in grid.items():
        combinations = [{**known, name: value} for known in combinations for value in values]
    parts = [(*standardise(X[train], X[test]), y[train], y[test]) for train, test in folds]
    results, best = [], None
    for settings in combinations:
        scores = [score(fit(a, p, dict(settings)), b, q) for a, b, p, q in parts]
        mean = float(np.mean(scores))
        results.append((settings, mean))
        if best is None or mean > best[1]:
            best = (settings, mean)
    return best[0], results

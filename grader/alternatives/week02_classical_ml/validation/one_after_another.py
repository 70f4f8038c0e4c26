"""Lists and loops: rows go to the fold that has the fewest of their class, then the fewest at all."""

import torch


def k_folds(n, k, generator, labels=None):
    if not 1 < k <= n:
        raise ValueError("k")
    kinds = [0] * n if labels is None else labels.tolist()
    if len(kinds) != n:
        raise ValueError("labels")
    order = torch.randperm(n, generator=generator, device=generator.device).tolist()
    order.sort(key=lambda row: kinds[row])
    tests = [[] for _ in range(k)]
    for place, row in enumerate(order):
        tests[place % k].append(row)
    where = generator.device
    return [
        (torch.tensor(sorted(set(range(n)) - set(test)), device=where), torch.tensor(sorted(test), device=where))
        for test in tests
    ]


def standardise(train, test):
    if not len(train) or train.shape[-1] != test.shape[-1]:
        raise ValueError("rows or columns")
    columns = []
    for a, b in zip(train.unbind(1), test.unbind(1), strict=True):
        mean = a.sum() / len(a)
        spread = ((a - mean) ** 2).sum() / len(a)
        root = spread.sqrt() if bool((a != a[0]).any()) else torch.ones_like(spread)
        columns.append(((a - mean) / root, (b - mean) / root))
    return torch.stack([a for a, _ in columns], 1), torch.stack([b for _, b in columns], 1)


def grid_search(fit, score, X, y, grid, folds):
    if not folds or [] in [list(values) for values in grid.values()]:
        raise ValueError("folds or grid")
    results = []

    def descend(names, settings):
        if not names:
            total = 0.0
            for train, test in folds:
                a, b = standardise(X.index_select(0, train), X.index_select(0, test))
                total += score(fit(a, y[train], settings), b, y[test])
            results.append((settings, total / len(folds)))
            return
        for value in grid[names[0]]:
            descend(names[1:], settings | {names[0]: value})

    descend(list(grid), {})
    top = max(mean for _, mean in results)
    return next(settings for settings, mean in results if mean == top), results

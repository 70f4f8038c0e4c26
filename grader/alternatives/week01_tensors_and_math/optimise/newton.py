"""Newton's method with a safe interval: the slope of the mean is minus the variance."""

import torch


def descend(gradient, x0, rate, steps):
    if not rate > 0 or steps < 0:
        raise ValueError("rate or steps")
    path = torch.empty(steps + 1, *x0.shape, dtype=x0.dtype, device=x0.device)
    path[0] = x0.detach()
    for i in range(steps):
        path[i + 1] = path[i] - gradient(path[i].clone()).detach() * rate
    return path


def max_entropy(energies, mean):
    e = energies.detach().double()
    if not (e.min() < mean < e.max()):
        raise ValueError("mean")
    width = float(e.max() - e.min())
    e, mean = (e - e.mean()) / width, (mean - float(e.mean())) / width
    low, high, beta = float("-inf"), float("inf"), 0.0
    for _ in range(500):
        logs = -beta * e
        p = (logs - logs.max()).exp()
        p = p / p.sum()
        got = float((p * e).sum())
        low, high = (beta, high) if got > mean else (low, beta)
        variance = float((p * (e - got) ** 2).sum())
        step = beta + (got - mean) / max(variance, 1e-300)
        if not low < step < high:
            step = (
                (low + high) / 2
                if low > float("-inf") and high < float("inf")
                else 2 * beta + (1 if got > mean else -1)
            )
        if step == beta:
            break
        beta = step
    return p.to(energies.dtype), beta / width

"""One exponent inside the other: a coarse grid, then halved steps around the best; numpy throughout."""

import numpy as np


def scaling_loss(law, N, D):
    first, second = law["A"] * (-law["alpha"] * N.log()).exp(), law["B"] * (-law["beta"] * D.log()).exp()
    return first + second + law["E"]


def fit_scaling_law(N, D, loss):
    n, d, y = (x.cpu().double().numpy() for x in (N, D, loss))
    if len({len(n), len(d), len(y)}) != 1 or len(n) < 5 or not (np.concatenate([n, d, y]) > 0).all():
        raise ValueError("runs")
    log_n, log_d = np.log(n) - np.log(n).mean(), np.log(d) - np.log(d).mean()

    def solve(alpha, beta):
        design = np.stack([np.ones_like(y), np.exp(-alpha * log_n), np.exp(-beta * log_d)], axis=1)
        numbers = np.linalg.lstsq(design, y, rcond=None)[0]
        return float(((design @ numbers - y) ** 2).sum()), numbers

    grid = np.linspace(0.05, 1, 20)
    place, step = min(((a, b) for a in grid for b in grid), key=lambda p: solve(*p)[0]), 0.05
    while step > 1e-6:
        near = [(place[0] + i * step, place[1] + j * step) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        near = [(min(max(a, 0.05), 1.0), min(max(b, 0.05), 1.0)) for a, b in near]
        best = min(near, key=lambda p: solve(*p)[0])
        if solve(*best)[0] < solve(*place)[0]:
            place = best
        else:
            step /= 2
    (alpha, beta), (E, A, B) = place, solve(*place)[1]
    A, B = A * np.exp(alpha * np.log(n).mean()), B * np.exp(beta * np.log(d).mean())
    return {"E": float(E), "A": float(A), "alpha": float(alpha), "B": float(B), "beta": float(beta)}

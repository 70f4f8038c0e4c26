"""scipy's least squares from several starts; the optimum of a budget by halving an interval of log N."""

import math

import numpy as np
from scipy.optimize import least_squares


def scaling_loss(law, N, D):
    return law["E"] + law["A"] * N.pow(-law["alpha"]) + law["B"] * D.pow(-law["beta"])


def fit_scaling_law(N, D, loss):
    if N.numel() != D.numel() or N.numel() != loss.numel() or N.numel() < 5:
        raise ValueError("lengths")
    if not ((N > 0).all() and (D > 0).all() and (loss > 0).all()):
        raise ValueError("values")
    n, d, y = (x.cpu().numpy() for x in (N, D, loss))
    n0, d0 = np.exp(np.log(n).mean()), np.exp(np.log(d).mean())

    def residual(p):
        return p[0] + p[1] * (n / n0) ** -p[3] + p[2] * (d / d0) ** -p[4] - y

    bounds = ([-np.inf, -np.inf, -np.inf, 0.05, 0.05], [np.inf, np.inf, np.inf, 1, 1])
    starts = [(y.min() * 0.8, 0.5, 0.5, a, b) for a in (0.2, 0.5) for b in (0.2, 0.5)]
    fits = [
        least_squares(residual, s, bounds=bounds, xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=2000) for s in starts
    ]
    E, A, B, alpha, beta = map(float, min(fits, key=lambda fit: fit.cost).x)
    return {"E": E, "A": A * float(n0) ** alpha, "alpha": alpha, "B": B * float(d0) ** beta, "beta": beta}


def compute_optimal(C, law):
    if not C > 0:
        raise ValueError("C")

    low, high = 0.0, math.log(C / 6)
    for _ in range(200):  # the derivative rises through 0: halve
        middle = (low + high) / 2
        slope = -law["alpha"] * law["A"] * math.exp(-law["alpha"] * middle)
        slope += law["beta"] * law["B"] * (C / 6) ** -law["beta"] * math.exp(law["beta"] * middle)
        low, high = (middle, high) if slope < 0 else (low, middle)
    N = math.exp(low)
    return N, C / (6 * N)

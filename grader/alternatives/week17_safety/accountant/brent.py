"""As a tutorial would: one table of all orders and terms, scipy's logsumexp, and Brent's method."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp


def rdp_gaussian(noise_multiplier, orders):
    return rdp_sampled_gaussian(noise_multiplier, 1.0, orders)


def rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps=1):
    a = np.array(list(orders), dtype=float)[:, None]
    if a.size == 0 or np.any(a < 2) or np.any(a % 1):
        raise ValueError("orders")
    if np.isnan(noise_multiplier) or noise_multiplier < 0 or steps < 0:
        raise ValueError("noise or steps")
    if np.isnan(sample_rate) or min(sample_rate, 1 - sample_rate) < 0:
        raise ValueError("rate")
    if steps * sample_rate == 0:
        return np.zeros(a.size)
    if noise_multiplier == 0:
        return np.full(a.size, np.inf)
    if sample_rate == 1:
        return steps * a[:, 0] / 2 / noise_multiplier**2
    k = np.arange(a.max() + 1)[None]
    inside = k <= a
    rest = np.where(inside, a - k, 0)
    log_choose = gammaln(a + 1) - gammaln(k + 1) - gammaln(rest + 1)
    log_terms = log_choose + rest * np.log(1 - sample_rate) + k * np.log(sample_rate)
    log_terms = log_terms + k * (k - 1) / (2 * noise_multiplier**2)
    return steps * logsumexp(np.where(inside, log_terms, -np.inf), axis=1) / (a[:, 0] - 1)


def to_epsilon(rdp, orders, delta):
    a, r = np.array(list(orders), dtype=float), np.array(list(rdp), dtype=float)
    if len(a) != len(r) or delta <= 0 or delta >= 1:
        raise ValueError("lengths or delta")
    if r.min() == 0:
        return 0.0
    return max(float((r + np.log((a - 1) / a) - (np.log(delta) + np.log(a)) / (a - 1)).min()), 0.0)


def noise_for(epsilon, delta, sample_rate, steps, orders=(*range(2, 65), 80, 96, 128, 192, 256, 384, 512, 1024)):
    def too_much(log_noise):
        rdp = rdp_sampled_gaussian(np.exp(log_noise), sample_rate, orders, steps)
        return to_epsilon(rdp, orders, delta) - epsilon

    nothing = to_epsilon(rdp_sampled_gaussian(0.0, sample_rate, orders, steps), orders, delta)
    if epsilon <= 0:
        raise ValueError("epsilon")
    if nothing == 0:
        return 0.0
    if too_much(np.log(1e9)) >= 0:
        raise ValueError("no noise is enough")
    low = np.log(1e-4)
    return float(np.exp(brentq(too_much, low, np.log(1e9), xtol=1e-6) + 2e-4)) if too_much(low) > 0 else 1e-4

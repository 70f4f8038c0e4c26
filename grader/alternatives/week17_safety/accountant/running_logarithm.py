"""Term by term with a running logarithm, as the accountants of public libraries do it; loops over orders."""

import math

import numpy as np


def check(noise_multiplier, orders):
    if math.isnan(noise_multiplier) or noise_multiplier < 0:
        raise ValueError("noise")
    if len(orders) == 0 or any(order < 2 or order != int(order) for order in orders):
        raise ValueError("orders")


def rdp_gaussian(noise_multiplier, orders):
    check(noise_multiplier, orders)
    return np.array([math.inf if noise_multiplier == 0 else a / (2 * noise_multiplier**2) for a in orders], dtype=float)


def add(one, other):
    low, high = min(one, other), max(one, other)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps=1):
    check(noise_multiplier, orders)
    if not 0 <= sample_rate <= 1:
        raise ValueError("rate")
    if steps < 0:
        raise ValueError("steps")
    if sample_rate == 0 or steps == 0:
        return np.zeros(len(orders))
    if sample_rate == 1 or noise_multiplier == 0:
        return steps * rdp_gaussian(noise_multiplier, orders)
    answer = []
    for a in map(int, orders):
        total = -math.inf
        for k in range(a + 1):
            choose = math.lgamma(a + 1) - math.lgamma(k + 1) - math.lgamma(a - k + 1)
            chance = k * math.log(sample_rate) + (a - k) * math.log1p(-sample_rate)
            total = add(total, choose + chance + (k * k - k) / (2 * noise_multiplier**2))
        answer.append(steps * total / (a - 1))
    return np.array(answer)


def to_epsilon(rdp, orders, delta):
    if delta <= 0 or delta >= 1 or len(rdp) != len(orders):
        raise ValueError("delta or lengths")
    best = math.inf
    for r, a in zip(rdp, orders, strict=True):
        if r == 0:
            return 0.0
        best = min(best, float(r) + math.log((a - 1) / a) - math.log(delta * a) / (a - 1))
    return float(max(best, 0.0))


def noise_for(epsilon, delta, sample_rate, steps, orders=(*range(2, 65), 80, 96, 128, 192, 256, 384, 512, 1024)):
    if epsilon <= 0:
        raise ValueError("epsilon")

    def spent(noise):
        return to_epsilon(rdp_sampled_gaussian(noise, sample_rate, orders, steps), orders, delta)

    if spent(0.0) == 0:
        return 0.0
    if all(math.log((a - 1) / a) - math.log(delta * a) / (a - 1) >= epsilon for a in orders):
        raise ValueError("no noise is enough")
    # The exponent is halved in on, not the noise itself: as exact for small noise as for large.
    low, high = -20.0, 30.0
    while high - low > 5e-4:
        middle = (low + high) / 2
        if spent(2**middle) > epsilon:
            low = middle
        else:
            high = middle
    return 2**high

"""Week 17, accountant, held against numerical integration of the divergence, 50-digit arithmetic, the exact epsilon of
one Gaussian step, and numbers that others published. No library with an accountant is installed.

Every test of values runs at least 200 random cases, but for those of published numbers.
"""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

CASES = 200
WEEK = "week17_safety"
FINE = (*range(2, 65), 80, 96, 128, 192, 256, 384, 512, 1024)


@pytest.fixture
def module(solution):
    return solution(WEEK, "accountant")


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def random_step(rng):
    """Noise, rate and order of one step; rates from one in a hundred thousand to nearly one."""
    return rng.uniform(0.4, 6.0), 10 ** rng.uniform(-5, -0.01), int(rng.integers(2, 60))


def divergence_by_integration(noise, rate, order, turned=False):
    """The Rényi divergence of (1 - q) N(0, s^2) + q N(1, s^2) from N(0, s^2), or turned round, by the trapezoidal rule.

    It converges exponentially for a smooth function that falls off at both ends.
    """
    x = np.arange(-30 * noise, order + 1 + 30 * noise, noise / 12)
    without = norm.logpdf(x, 0, noise)
    with_one = logsumexp([without + math.log1p(-rate), norm.logpdf(x, 1, noise) + math.log(rate)], axis=0)
    above, below = (without, with_one) if turned else (with_one, without)
    logarithm = order * above - (order - 1) * below
    top = logarithm.max()
    return (top + math.log(trapezoid(np.exp(logarithm - top), x))) / (order - 1)


def test_divergence_is_that_of_the_integral(module, rng):
    for _ in range(CASES):
        noise, rate, order = random_step(rng)
        expected = divergence_by_integration(noise, rate, order)
        assert module.rdp_sampled_gaussian(noise, rate, [order])[0] == pytest.approx(expected, rel=1e-9, abs=1e-13)
        everybody = divergence_by_integration(noise, 1 - 1e-15, order)
        assert module.rdp_gaussian(noise, [order])[0] == pytest.approx(everybody, rel=1e-9)


def test_the_other_direction_is_never_larger(module, rng):
    """Mironov et al. 2019 prove it: the contract names the direction that gives away more."""
    for _ in range(CASES):
        noise, rate, order = random_step(rng)
        there = module.rdp_sampled_gaussian(noise, rate, [order])[0]
        assert divergence_by_integration(noise, rate, order, turned=True) <= there * (1 + 1e-9) + 1e-13


def test_digits_are_kept_at_the_edges_of_the_range(module, rng):
    """Very small rates, very small noise and large orders: the sum of the paper in 50 digits."""
    with mpmath.workdps(50):
        for _ in range(CASES):
            noise, rate = 10 ** rng.uniform(-2, 3), 10 ** rng.uniform(-9, -0.001)
            order = int(rng.choice([2, 3, 7, 31, 64, 131]))
            q, s = mpmath.mpf(float(rate)), mpmath.mpf(float(noise))
            terms = (
                mpmath.binomial(order, k) * (1 - q) ** (order - k) * q**k * mpmath.exp((k * k - k) / (2 * s * s))
                for k in range(order + 1)
            )
            expected = float(mpmath.log(mpmath.fsum(terms)) / (order - 1))
            assert module.rdp_sampled_gaussian(noise, rate, [order])[0] == pytest.approx(expected, rel=1e-9)


def exact_epsilon(noise, delta):
    """The least epsilon of one Gaussian step: Balle and Wang 2018, theorem 8."""

    def excess(epsilon):
        first, second = 0.5 / noise - epsilon * noise, -0.5 / noise - epsilon * noise
        return norm.cdf(first) - math.exp(epsilon + norm.logcdf(second)) - delta

    return brentq(excess, 0.0, 1e4) if excess(0.0) > 0 else 0.0


def test_epsilon_is_a_bound_and_a_good_one(module, rng):
    for _ in range(CASES):
        noise, delta = rng.uniform(0.5, 20.0), 10 ** rng.uniform(-9, -3)
        exact = exact_epsilon(noise, delta)
        proven = module.to_epsilon(module.rdp_gaussian(noise, FINE), FINE, delta)
        assert exact <= proven <= 1.2 * exact + 0.02


def test_epsilon_is_the_smallest_of_the_formula(module, rng):
    for _ in range(CASES):
        orders = rng.permutation(np.arange(2, 60))[:13].tolist()
        rdp, delta = rng.uniform(0.001, 5.0, 13).tolist(), 10 ** rng.uniform(-9, -0.01)
        proofs = [r + math.log((a - 1) / a) - math.log(delta * a) / (a - 1) for r, a in zip(rdp, orders, strict=True)]
        assert module.to_epsilon(rdp, orders, delta) == pytest.approx(max(0.0, min(proofs)), rel=1e-12)


def test_noise_is_the_least(module, rng):
    orders = [2, 3, 8]
    for _ in range(CASES):
        delta, rate, steps = 10 ** rng.uniform(-7, -2), 10 ** rng.uniform(-4, 0), int(rng.integers(1, 5000))
        floor = module.to_epsilon([1e-300] * 3, orders, delta)
        epsilon = floor + 10 ** rng.uniform(-1, 1)
        noise = module.noise_for(epsilon, delta, rate, steps, orders)

        def spent(noise, *, rate=rate, steps=steps, delta=delta):
            return module.to_epsilon(module.rdp_sampled_gaussian(noise, rate, orders, steps), orders, delta)

        assert spent(noise) <= epsilon < spent(noise / 1.001)


def older_epsilon(module, noise, rate, steps, delta):
    """By the conversion of Mironov 2017, proposition 3, which the published numbers used."""
    a = np.array(FINE)
    return float(np.min(module.rdp_sampled_gaussian(noise, rate, FINE, steps) - math.log(delta) / (a - 1)))


@pytest.mark.parametrize(
    ("noise", "rate", "steps", "delta", "published", "close"),
    [
        (1.3, 1 / 60, 900, 1e-5, 2.4614490035755816, 1e-12),  # tensorflow/privacy, issue 97
        (1.3, 150 / 60_000, 6_000, 1e-5, 0.941870567, 1e-9),  # its compute_noise_from_budget_test.py
        (1.0, 100 / 100_000, 30_000, 1e-7, 1.70928734, 1e-7),  # the same
        (1.12, 256 / 60_000, 14_062, 1e-5, 2.92, 0.002),  # its tutorials/README.md, in three digits
        (1.2, 256 / 60_000, 2_343, 1e-5, 1.20, 0.002),  # the same
    ],
)
def test_published_epsilons(module, noise, rate, steps, delta, published, close):
    assert older_epsilon(module, noise, rate, steps, delta) == pytest.approx(published, rel=close)


def test_published_numbers_of_the_newer_conversion(module):
    """tensorflow/privacy, rdp_privacy_accountant_test.py: a constant divergence, and the noise of epsilon 1."""
    assert module.to_epsilon([1.1] * 31, range(2, 33), 1e-5) == pytest.approx(1.32783806176, rel=1e-11)
    gaussian = module.to_epsilon(module.rdp_gaussian(4.530877117, FINE), FINE, 1e-6)
    assert gaussian == pytest.approx(1.0, rel=1e-6)
    divergences = module.rdp_sampled_gaussian(2.5, 0.01, [5, 50, 100], 50)
    assert divergences == pytest.approx([2.1808e-03, 2.3846e-02, 1.6742e02], rel=1e-4)


def test_numbers_of_the_handout(module):
    def spent(noise, rate, steps):
        return module.to_epsilon(module.rdp_sampled_gaussian(noise, rate, FINE, steps), FINE, 1e-5)

    assert spent(1.12, 256 / 60_000, 14_062) == pytest.approx(2.52, abs=0.005)
    assert 1000 * spent(2.0, 0.01, 1) == pytest.approx(194, abs=0.5)
    assert spent(2.0, 0.01, 1000) == pytest.approx(0.69, abs=0.005)
    for order, divergence, epsilon in ((2, 0.17, 10.30), (4, 0.36, 3.45), (8, 0.89, 2.11), (9, 1.78, 2.83)):
        r = module.rdp_sampled_gaussian(1.0, 0.01, [order], 1000)
        assert (r[0], module.to_epsilon(r, [order], 1e-5)) == pytest.approx((divergence, epsilon), abs=0.005)
    assert (spent(1.0, 0.01, 1000), spent(1.0, 1.0, 10)) == pytest.approx((2.11, 19.8), abs=0.005)
    assert module.noise_for(2.1, 1e-5, 1.0, 10) == pytest.approx(6.5, abs=0.05)

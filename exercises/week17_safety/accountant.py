# Week 17, exercise accountant: An account of privacy
# Difficulty 4 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: Private gradients (exercise 3), binomial coefficients, logarithms.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 9: how private a whole training was: epsilon and delta of many noisy steps.

Read first:  the handout, exercise 9.
You write:   rdp_gaussian, rdp_sampled_gaussian, to_epsilon, noise_for.
You may use: NumPy and scipy.special. It knows nothing about gradients or models.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, logsumexp, xlog1py, xlogy

# The orders that are tried: every small one, and a few large ones for trainings that give away very little.
ORDERS = (*range(2, 65), 80, 96, 128, 192, 256, 384, 512, 1024)


def rdp_gaussian(noise_multiplier: float, orders: Sequence[int]) -> Float[np.ndarray, " orders"]:
    """Return the Rényi divergences of one noisy step that sees all examples.

    Such a step publishes a sum of vectors of length at most 1, with normal noise of standard deviation
    `noise_multiplier` in each coordinate. The divergence is between its answers with and without one example. At
    order a it is

        a / (2 * noise_multiplier ** 2)

    The answer is a float64 array with one number for each order, in the order given. With noise_multiplier 0 each is
    infinity.

    Args:
        noise_multiplier: as in `private_gradient`: lengths are measured in units of clip_norm.
        orders: whole numbers from 2 on, in a list, tuple, range or array. Not modified.

    Raises:
        ValueError: if noise_multiplier is negative or NaN; if there is no order, or one is below 2 or not whole.

    Source: Mironov 2017, "Rényi Differential Privacy", corollary 3.
    """
    raise NotImplementedError("week 17, accountant: write rdp_gaussian")


def rdp_sampled_gaussian(
    noise_multiplier: float, sample_rate: float, orders: Sequence[int], steps: int = 1
) -> Float[np.ndarray, " orders"]:
    """Return the Rényi divergences of noisy steps on random batches.

    In each step an example is in the batch with probability q = sample_rate, by a coin flip of its own. With
    s = noise_multiplier, the divergence of one step at order a is

        log( sum over k from 0 to a  of  C(a, k) * (1 - q) ** (a - k) * q ** k * exp((k * k - k) / (2 * s * s)) )

    divided by a - 1. The divergences of steps add up. Many a term is too large for a float, although its logarithm is
    not: the answer is finite all the same, and right to a millionth of itself or to 1e-12 for each step. With
    sample_rate 1 a step is that of `rdp_gaussian`. With sample_rate 0 or steps 0 nobody is ever in a batch, and all
    divergences are 0, whatever the noise; otherwise they are infinity with noise_multiplier 0.

    Args:
        noise_multiplier, orders: as in `rdp_gaussian`, and so is the answer.

    Raises:
        ValueError: as in `rdp_gaussian`; if sample_rate is not in [0, 1] or steps is negative.

    Source: Mironov, Talwar and Zhang 2019, "Rényi Differential Privacy of the Sampled Gaussian Mechanism", section
        3.3; composition: Mironov 2017, proposition 1.
    """
    raise NotImplementedError("week 17, accountant: write rdp_sampled_gaussian")


def to_epsilon(rdp: Sequence[float], orders: Sequence[int], delta: float) -> float:
    """Return the smallest epsilon that the divergences prove, at this delta.

    A divergence r at order a proves the epsilon

        r + log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1)

    and the smallest of these over all orders is the answer, a float; it is not below 0. If a divergence is exactly 0,
    both answers are the same: then epsilon is 0. If all divergences are infinity, so is epsilon.

    Args:
        rdp: one divergence for each order, in the same order; some may be infinity. Not modified.

    Raises:
        ValueError: if delta is not between 0 and 1, both excluded; if rdp and orders differ in length.

    Source: Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy", proposition 12; the same
        in Balle et al. 2020, "Hypothesis Testing Interpretations and Rényi Differential Privacy", theorem 21.
    """
    raise NotImplementedError("week 17, accountant: write to_epsilon")


def noise_for(epsilon: float, delta: float, sample_rate: float, steps: int, orders: Sequence[int] = ORDERS) -> float:
    """Return the least noise multiplier with which training stays private.

    That is, with which `to_epsilon` of the divergences of so many steps is at most `epsilon`. Less noise gives a larger
    epsilon, so the place can be found by bisection. The answer keeps within epsilon itself, and is at most a
    thousandth larger than the least one, which may be anywhere between 0.01 and 100,000. With sample_rate 0 or steps 0
    it is 0, and that goes before the last ValueError below.

    Args:
        delta, sample_rate, steps, orders: as above.

    Raises:
        ValueError: as above; if epsilon is not positive; if no noise is enough, because at every order
            log(1 - 1 / a) - (log(delta) + log(a)) / (a - 1) alone is at least epsilon.
    """
    raise NotImplementedError("week 17, accountant: write noise_for")

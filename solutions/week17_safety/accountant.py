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
    # BEGIN SOLUTION
    return _checked(noise_multiplier, orders) * _half_precision(noise_multiplier)
    # END SOLUTION


# BEGIN SOLUTION
def _checked(noise_multiplier: float, orders: Sequence[int]) -> Float[np.ndarray, " orders"]:
    orders = np.asarray(orders, dtype=np.float64)
    if not noise_multiplier >= 0:  # so that NaN is refused as well
        raise ValueError("noise_multiplier must not be negative")
    if orders.ndim != 1 or orders.size == 0 or (orders < 2).any() or (orders != np.floor(orders)).any():
        raise ValueError("orders must be whole numbers from 2 on")
    return orders


def _half_precision(noise_multiplier: float) -> float:
    """1 / (2 s^2), infinity for s = 0: what every exponent is multiplied by."""
    return 0.5 / noise_multiplier**2 if noise_multiplier > 0 else np.inf


# END SOLUTION


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
    # BEGIN SOLUTION
    orders = _checked(noise_multiplier, orders)
    if not 0 <= sample_rate <= 1 or steps < 0:
        raise ValueError("sample_rate must be in [0, 1] and steps not negative")
    if sample_rate == 0 or steps == 0:
        return np.zeros(len(orders))
    if noise_multiplier == 0:
        return np.full(len(orders), np.inf)
    return steps * np.array([_one_step(noise_multiplier, sample_rate, order) for order in orders])
    # END SOLUTION


# BEGIN SOLUTION
def _one_step(noise_multiplier: float, sample_rate: float, order: float) -> float:
    # The chances of the coin flips, without the exponential, add up to 1, and k = 0 and 1 have exp(0) = 1. So the sum
    # is 1 + (the chances times exp(…) - 1, from k = 2 on), and tiny divergences keep their digits.
    k = np.arange(2, order + 1)
    # xlogy(0, 0) is 0, where 0 * log(0) is not a number: sample_rate 1 needs no case of its own.
    chances = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
    chances += xlogy(k, sample_rate) + xlog1py(order - k, -sample_rate)
    exponents = (k * k - k) * _half_precision(noise_multiplier)
    surplus = logsumexp(chances + exponents + np.log(-np.expm1(-exponents)))  # log(exp(x) - 1), for large x too
    return np.logaddexp(0.0, surplus) / (order - 1)


# END SOLUTION


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
    # BEGIN SOLUTION
    rdp, orders = np.asarray(rdp, dtype=np.float64), np.asarray(orders, dtype=np.float64)
    if not 0 < delta < 1:
        raise ValueError("delta must be between 0 and 1")
    if rdp.shape != orders.shape or rdp.size == 0:
        raise ValueError("one divergence for each order, please")
    if (rdp == 0).any():
        return 0.0
    return max(0.0, float(np.min(rdp + _price(orders, delta))))
    # END SOLUTION


# BEGIN SOLUTION
def _price(orders: Float[np.ndarray, " orders"], delta: float) -> Float[np.ndarray, " orders"]:
    """What the step from a divergence to epsilon costs at each order."""
    return np.log1p(-1 / orders) - (np.log(delta) + np.log(orders)) / (orders - 1)


# END SOLUTION


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
    # BEGIN SOLUTION
    if not epsilon > 0:
        raise ValueError("epsilon must be positive")

    def enough(noise_multiplier: float) -> bool:
        rdp = rdp_sampled_gaussian(noise_multiplier, sample_rate, orders, steps)
        return to_epsilon(rdp, orders, delta) <= epsilon

    if enough(0.0):  # also the first to refuse what is impossible
        return 0.0
    if _price(np.asarray(orders, dtype=np.float64), delta).min() >= epsilon:
        raise ValueError("no noise is enough at these orders: larger ones prove a smaller epsilon")
    low, high = 0.0, 1.0
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
    # END SOLUTION

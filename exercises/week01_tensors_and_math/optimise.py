# Week 01, exercise optimise: Walk downhill, and meet the temperature
# Difficulty 3 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Gradients, softmax, entropy.
# Write it by hand: scipy.optimize, torch.optim may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 01: two ways to look for an optimum.

Gradient descent walks downhill in small steps. A Lagrange multiplier finds the best under a condition, and one of them
gives language models their temperature.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def descend(
    gradient: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]],
    x0: Float[Tensor, "*shape"],
    rate: float,
    steps: int,
) -> Float[Tensor, "points ..."]:
    """Walk downhill: x - rate * gradient(x), `steps` times; return every point of the way.

    The result has steps + 1 points along a new first axis, `x0` first. `gradient` is asked once for each step, at the
    point where the step begins. `x0` is not changed, and the result carries no gradient.

    Raises:
        ValueError: `rate` is not above 0, or `steps` is negative.

    Source: Goodfellow et al. 2016, "Deep Learning", section 4.3, equation 4.5.
    """
    raise NotImplementedError("week 01, optimise: write descend")


def max_entropy(energies: Float[Tensor, " n"], mean: float) -> tuple[Float[Tensor, " n"], float]:
    """Return the most uncertain distribution whose mean energy is `mean`, and its Lagrange multiplier: (p, beta).

    Of all p with sum of p * energies = mean, the one of largest entropy is p = softmax(-beta * energies), for one beta
    (in a language model the energy of a token is minus its logit, and 1 / beta is the temperature). A mean below the
    plain average of the energies needs beta > 0, one above it beta < 0, the average itself beta = 0.

    Adding a number to all energies and to `mean` changes nothing; multiplying both by a number divides beta by it.
    It is computed in float64: the mean energy of p is right to 1e-9 of the largest difference of energies. p has the
    dtype of `energies` (float32 or float64), beta is a Python float.

    Raises:
        ValueError: `mean` does not lie strictly between the smallest and the largest energy.

    Source: Jaynes 1957, "Information Theory and Statistical Mechanics", section 2.
    """
    raise NotImplementedError("week 01, optimise: write max_entropy")

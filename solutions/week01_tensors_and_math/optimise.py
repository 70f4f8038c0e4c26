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
    # BEGIN SOLUTION
    if rate <= 0 or steps < 0:
        raise ValueError("rate must be above 0, and steps not below it")
    points = [x0]
    for _ in range(steps):
        x = points[-1].detach()  # what `gradient` does with autograd ends with its step
        points.append(x - rate * gradient(x))  # a new tensor: the earlier points stay as they are
    return torch.stack(points).detach()
    # END SOLUTION


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
    # BEGIN SOLUTION
    low, high = float(energies.min()), float(energies.max())
    if not low < mean < high:
        raise ValueError(f"the mean must lie between {low} and {high}")
    # On a scale from 0 to 1, whatever the energies are: beta is then a number of ordinary size.
    scaled, target = (energies.double() - low) / (high - low), (mean - low) / (high - low)

    def distribution(beta: float) -> Tensor:
        return torch.softmax(-beta * scaled, dim=0)

    def too_warm(beta: float) -> bool:
        return float(distribution(beta) @ scaled) > target

    below, above = -1.0, 1.0
    while not too_warm(below):  # double until the right beta lies between them
        below *= 2
    while too_warm(above):
        above *= 2
    for _ in range(200):  # the mean falls as beta rises: halve the interval
        middle = (below + above) / 2
        below, above = (middle, above) if too_warm(middle) else (below, middle)
    beta = (below + above) / 2
    return distribution(beta).to(energies.dtype), beta / (high - low)
    # END SOLUTION

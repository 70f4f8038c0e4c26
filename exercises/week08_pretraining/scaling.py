# Week 08, exercise scaling: Scaling laws
# Difficulty 4 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Powers and logarithms, least squares, setting a derivative to 0.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 08, scaling: how the loss falls with the size of the model and of the data, and how to spend a budget.

The law is loss = E + A / N^alpha + B / D^beta: N parameters, D tokens, and a loss E that no model goes below.
A law is a plain dictionary with the five numbers "E", "A", "alpha", "B" and "beta".
"""

import torch
from jaxtyping import Float
from torch import Tensor

Law = dict[str, float]


def scaling_loss(law: Law, N: Float[Tensor, "*runs"], D: Float[Tensor, "*runs"]) -> Float[Tensor, "*runs"]:
    """Return the loss that a law predicts for N parameters and D tokens; N and D broadcast.

    Source: Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models", equation 2.
    """
    raise NotImplementedError("week 08, scaling: write scaling_loss")


def fit_scaling_law(N: Float[Tensor, " runs"], D: Float[Tensor, " runs"], loss: Float[Tensor, " runs"]) -> Law:
    """Fit the law to finished runs by least squares.

    The five numbers are those with the smallest sum of (loss - law)^2 over the runs, among exponents between 0.05
    and 1, both included; E, A and B may be any numbers, also below 0. Two answers count as the same if their sums
    differ by less than 1 %, or if both exponents differ by less than 0.01 and the losses by less than 0.001. Runs that
    follow a law exactly give back that law.
    The arguments are float64 and stay as they are; the values of the law are Python floats.

    Raises:
        ValueError: the three differ in length, there are fewer than five runs, or a value is not above 0 (NaN is not).

    Source: Hoffmann et al. 2022, section 3.3; there the errors are those of the logarithms, and a Huber loss
        limits the large ones.
    """
    raise NotImplementedError("week 08, scaling: write fit_scaling_law")


def compute_optimal(C: float, law: Law) -> tuple[float, float]:
    """Return the size and the data that give the lowest loss for a number of operations.

    Training costs C = 6 N D operations: 2 for each parameter and token forward, 4 backward.

    Returns:
        The tuple (N, D) with 6 N D = C; both are numbers with fractions.

    Raises:
        ValueError: C is not above 0 (NaN is not).

    Source: Hoffmann et al. 2022, equation 4; Kaplan et al. 2020, section 2.1, for the 6.
    """
    raise NotImplementedError("week 08, scaling: write compute_optimal")

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
    # BEGIN SOLUTION
    return law["E"] + law["A"] / N ** law["alpha"] + law["B"] / D ** law["beta"]
    # END SOLUTION


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
    # BEGIN SOLUTION
    if not N.shape == D.shape == loss.shape or len(N) < 5 or not all((values > 0).all() for values in (N, D, loss)):
        raise ValueError("N, D and loss must have one length of at least 5 and values above 0")
    # With both exponents fixed, the law is linear in E, A and B: least squares solves it. That leaves a search in two
    # dimensions, on a grid which closes in on its best point. Sizes are divided by their mean, or columns get tiny.
    unit_n, unit_d = N.log().mean().exp(), D.log().mean().exp()
    alpha, beta, width = 0.525, 0.525, 0.475
    for _ in range(24):
        grid = torch.linspace(-width, width, 15, dtype=torch.float64, device=N.device)
        pairs = torch.cartesian_prod((alpha + grid).clamp(0.05, 1), (beta + grid).clamp(0.05, 1))  # (225, 2)
        first, second = ((x[None] ** -pairs[:, place, None]) for place, x in enumerate((N / unit_n, D / unit_d)))
        design = torch.stack([torch.ones_like(first), first, second], dim=-1)  # (225, runs, 3)
        target = loss.expand(len(pairs), -1)[..., None]
        numbers = torch.linalg.lstsq(design, target).solution  # (225, 3, 1)
        best = int((design @ numbers - target).square().sum((1, 2)).argmin())
        alpha, beta = pairs[best].tolist()
        width *= 0.6
    E, A, B = numbers[best, :, 0].tolist()
    return {"E": E, "A": A * float(unit_n) ** alpha, "alpha": alpha, "B": B * float(unit_d) ** beta, "beta": beta}
    # END SOLUTION


def compute_optimal(C: float, law: Law) -> tuple[float, float]:
    """Return the size and the data that give the lowest loss for a number of operations.

    Training costs C = 6 N D operations: 2 for each parameter and token forward, 4 backward.

    Returns:
        The tuple (N, D) with 6 N D = C; both are numbers with fractions.

    Raises:
        ValueError: C is not above 0 (NaN is not).

    Source: Hoffmann et al. 2022, equation 4; Kaplan et al. 2020, section 2.1, for the 6.
    """
    # BEGIN SOLUTION
    if not C > 0:  # NaN is not above 0 either
        raise ValueError(f"C must be above 0, not {C}")
    # Put D = C / 6N into the law and set the derivative by N to 0: both terms must fall equally fast.
    both = law["alpha"] + law["beta"]
    balance = (law["alpha"] * law["A"] / (law["beta"] * law["B"])) ** (1 / both)
    N = balance * (C / 6) ** (law["beta"] / both)
    return N, C / 6 / N
    # END SOLUTION

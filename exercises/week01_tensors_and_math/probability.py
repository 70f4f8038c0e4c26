# Week 01, exercise probability: Bayes, Gaussians, counts and shared information
# Difficulty 2 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Mean, variance, conditional probability.
# Write it by hand: torch.cov, torch.Tensor.cov, numpy.cov, scipy.stats.entropy, torch.distributions.MultivariateNormal
# may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 01: four estimates that everything later rests on.

Bayes' rule, the Gaussian and the categorical distribution that fit data best, and how much two variables share.
"""

import torch
from jaxtyping import Float, Num
from torch import Tensor

SUM_TOLERANCE = 1e-4
"""How far the sum of a distribution may be from 1. (Given.)"""


def posterior(
    prior: Float[Tensor, "*batch hypotheses"], likelihood: Float[Tensor, "*batch hypotheses"]
) -> Float[Tensor, "*batch hypotheses"]:
    """Return the probability of each hypothesis after an observation: prior times likelihood, divided by their sum.

    `likelihood` holds the probability (or density) of the observation under each hypothesis: it need not sum to 1, may
    be above 1, and may be tiny. Multiplying it by a number changes nothing, also where the products would round to 0.
    Leading axes are cases of their own; both arguments have one shape and one dtype.

    Raises:
        ValueError: a negative entry, a prior whose sum is not 1 within `SUM_TOLERANCE`, or a case in which every
            product is 0: the observation is then impossible.

    Source: MacKay 2003, "Information Theory, Inference, and Learning Algorithms", section 2.3.
    """
    raise NotImplementedError("week 01, probability: write posterior")


def fit_gaussian(x: Float[Tensor, "n dim"]) -> tuple[Float[Tensor, " dim"], Float[Tensor, "dim dim"]]:
    """Return mean and covariance of the Gaussian under which the data are likeliest (maximum likelihood).

    Entry (i, j) of the covariance is the mean of (x_i - mean_i)(x_j - mean_j) over the rows: divided by n, as numpy's
    `var` does, not by n - 1, as torch's `var` and numpy's `cov` do. One row gives a covariance of zeros.
    It is computed from the deviations, so that data far from 0 keep their digits. The dtype is that of `x`.

    Raises:
        ValueError: there are no rows.

    Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 2.3.4.
    """
    raise NotImplementedError("week 01, probability: write fit_gaussian")


def fit_categorical(counts: Num[Tensor, "*batch categories"], alpha: float = 0.0) -> Float[Tensor, "*batch categories"]:
    """Return probabilities from counts: (count + alpha) / (total + alpha * categories).

    alpha = 0 is the maximum likelihood, alpha = 1 is Laplace's rule: an event that was never seen is not impossible.
    Integer counts of any size give float32, floating ones keep their dtype. Leading axes are cases of their own.

    Raises:
        ValueError: a count or `alpha` is negative, or a case has no counts while `alpha` is 0.

    Source: Jurafsky and Martin 2025, "Speech and Language Processing", 3rd ed. draft, section 3.6.1.
    """
    raise NotImplementedError("week 01, probability: write fit_categorical")


def mutual_information(joint: Float[Tensor, "rows columns"]) -> Float[Tensor, ""]:
    """Return how much knowing the row tells about the column, in nats.

    That is the sum of p(i, j) log(p(i, j) / (p(i) p(j))), where p(i) and p(j) are the sums of row i and of column j.
    Terms with p(i, j) = 0 are 0. Independent variables share 0 nats.

    Raises:
        ValueError: a negative entry, or the whole table does not sum to 1 within `SUM_TOLERANCE`.

    Source: Cover and Thomas 2006, "Elements of Information Theory", equation 2.28.
    """
    raise NotImplementedError("week 01, probability: write mutual_information")

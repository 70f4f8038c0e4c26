# Week 02, exercise recommender: Recommend films: fill the holes of a table
# Difficulty 3 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: Least squares, gradients, NaN.
# Write it by hand: sklearn.linear_model, sklearn.decomposition may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 02: fill the holes of a table of ratings.

Nobody has rated most films, and what is missing is not a zero. Two short lists of numbers, one for a viewer and one for
a film, say what the viewer would think of it.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

SPREAD = 0.1
"""Standard deviation of the factors with which a fit starts. (Given.)"""


def solve_rows(
    R: Float[Tensor, "rows columns"], factors: Float[Tensor, "columns rank"], l2: float
) -> Float[Tensor, "rows rank"]:
    """Find for each row of a table its best factors, while those of the columns stand still.

    NaN means that an entry is missing: it is no zero, and says nothing. The factors u of a row minimise the sum, over
    the row's known entries, of (entry - u . factors of the column)^2, plus l2 times the sum of the squares of u. The
    penalty does not grow with the number of entries. A row without a known entry has factors 0.

    Raises:
        ValueError: `l2` is not above 0, or there are not as many rows of `factors` as columns of `R`.

    Source: Koren, Bell and Volinsky 2009, "Matrix Factorization Techniques for Recommender Systems".
    """
    raise NotImplementedError("week 02, recommender: write solve_rows")


class MatrixFactorisation:
    """Predicts mean + user_bias[user] + item_bias[item] + user_factors[user] . item_factors[item].

    A table of ratings `R` has a row for each user and a column for each item; NaN means that an entry is missing.

    Attributes:
        mean: the mean of the known entries, a tensor without axes.
        user_bias, item_bias: (users,) and (items,).
        user_factors, item_factors: (users, rank) and (items, rank).
            All five have the dtype of `R` after a fit, and are None before.
    """

    def __init__(self, rank: int, l2: float):
        """Keep the length of the factors and the strength of the penalty.

        Raises:
            ValueError: `rank` is below 1, or `l2` is not above 0.
        """
        raise NotImplementedError("week 02, recommender: write MatrixFactorisation.__init__")

    def fit_als(
        self, R: Float[Tensor, "users items"], generator: torch.Generator, steps: int = 10
    ) -> "MatrixFactorisation":
        """Learn by alternating least squares, and return the model. What was learned before is forgotten.

        Both biases are 0. The factors of the items start as `SPREAD` times
        `torch.randn(items, rank, generator=generator, dtype=R.dtype)`. A step solves first all users, then all items,
        each by `solve_rows` on the entries minus their mean.

        Raises:
            ValueError: no entry is known, or `steps` is below 1.
        """
        raise NotImplementedError("week 02, recommender: write MatrixFactorisation.fit_als")

    def fit_sgd(
        self, R: Float[Tensor, "users items"], generator: torch.Generator, rate: float = 0.02, epochs: int = 20
    ) -> "MatrixFactorisation":
        """Learn by stochastic gradient descent, one rating after another, and return the model.

        What was learned before is forgotten. The biases start at 0, the factors as `SPREAD` times
        `torch.randn(…, rank, generator=generator, dtype=R.dtype)`, first those of the users, then those of the items.

        The known entries are numbered row by row. Every epoch visits each of them once, in the order of a new
        `torch.randperm(count, generator=generator)`. A visit adds rate * (error * factor of the other side - l2 * what
        is changed) to the factors of the user and of the item, where error is the entry minus the prediction, and
        rate * (error - l2 * bias) to either bias. All four changes follow from the values before the visit.

        At the end, a user without a known entry has bias 0 and factors 0, and so has such an item.

        Raises:
            ValueError: no entry is known, `rate` is not above 0, or `epochs` is below 1.

        Source: Koren, Bell and Volinsky 2009, "Matrix Factorization Techniques for Recommender Systems".
        """
        raise NotImplementedError("week 02, recommender: write MatrixFactorisation.fit_sgd")

    def predict(self, users: Int[Tensor, " n"], items: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
        """Return the predicted rating of each pair of a user and an item.

        A user of -1 is unknown: bias 0 and factors 0. What remains is the mean and the item's bias. An item of -1 is
        unknown likewise.

        Raises:
            RuntimeError: the model has not been fitted.
            ValueError: there are not as many users as items, or a number is below -1 or not below their count.
        """
        raise NotImplementedError("week 02, recommender: write MatrixFactorisation.predict")

    def recommend(self, ratings: Float[Tensor, " items"], k: int) -> Int[Tensor, " found"]:
        """Return the k items that a new user would like best, of those that the user has not rated.

        NaN in `ratings` means that an item is not rated. The new user's bias is 0, and the factors are those that
        `solve_rows` finds from the known ratings minus mean and item bias; the model itself learns nothing. The best
        item stands first; of items with equal predictions, the one with the lower number. If fewer than k are not
        rated, all of these are returned. The result is int64.

        Raises:
            RuntimeError: the model has not been fitted.
            ValueError: there are not as many ratings as items, or `k` is below 1.
        """
        raise NotImplementedError("week 02, recommender: write MatrixFactorisation.recommend")

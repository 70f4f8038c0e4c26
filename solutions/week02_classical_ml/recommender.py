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
    # BEGIN SOLUTION
    if not l2 > 0 or R.shape[1] != len(factors):
        raise ValueError("l2 must be above 0, and every column needs factors")
    penalty = l2 * torch.eye(factors.shape[1], dtype=factors.dtype, device=factors.device)
    solved = factors.new_zeros(len(R), factors.shape[1])
    for place, row in enumerate(R):
        known = ~row.isnan()
        F = factors[known]  # (known, rank)
        solved[place] = torch.linalg.solve(F.mT @ F + penalty, F.mT @ row[known])
    return solved
    # END SOLUTION


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
        # BEGIN SOLUTION
        if rank < 1 or not l2 > 0:
            raise ValueError("a factor at least, and a penalty above 0")
        self.rank, self.l2 = rank, l2
        self.mean: Tensor | None = None
        self.user_bias: Tensor | None = None
        self.item_bias: Tensor | None = None
        self.user_factors: Tensor | None = None
        self.item_factors: Tensor | None = None
        # END SOLUTION

    # BEGIN SOLUTION
    def _start(self, R, generator, draw_users):
        """Set the mean, biases of 0 and random factors; return where R is known."""
        known = ~R.isnan()
        if not bool(known.any()):
            raise ValueError("no entry is known")
        users, items = R.shape
        self.mean = R[known].mean()
        self.user_bias, self.item_bias = R.new_zeros(users), R.new_zeros(items)

        def drawn(count):
            return SPREAD * torch.randn(
                count, self.rank, generator=generator, dtype=R.dtype, device=generator.device
            ).to(R.device)

        self.user_factors = drawn(users) if draw_users else R.new_zeros(users, self.rank)
        self.item_factors = drawn(items)
        return known

    # END SOLUTION

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
        # BEGIN SOLUTION
        if steps < 1:
            raise ValueError("at least one step")
        self._start(R, generator, draw_users=False)
        rest = R - self.mean
        for _ in range(steps):
            self.user_factors = solve_rows(rest, self.item_factors, self.l2)
            self.item_factors = solve_rows(rest.mT, self.user_factors, self.l2)
        return self
        # END SOLUTION

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
        # BEGIN SOLUTION
        if not rate > 0 or epochs < 1:
            raise ValueError("a rate above 0, and at least one epoch")
        known = self._start(R, generator, draw_users=True)
        P, Q, p, q = self.user_factors, self.item_factors, self.user_bias, self.item_bias
        entries = known.nonzero().tolist()  # row by row
        for _ in range(epochs):
            for place in torch.randperm(len(entries), generator=generator, device=generator.device).tolist():
                user, item = entries[place]
                error = R[user, item] - (self.mean + p[user] + q[item] + P[user] @ Q[item])
                before = P[user].clone()  # the item learns from what the user was
                P[user] += rate * (error * Q[item] - self.l2 * P[user])
                Q[item] += rate * (error * before - self.l2 * Q[item])
                p[user] += rate * (error - self.l2 * p[user])
                q[item] += rate * (error - self.l2 * q[item])
        P[~known.any(dim=1)] = 0
        Q[~known.any(dim=0)] = 0
        return self
        # END SOLUTION

    def predict(self, users: Int[Tensor, " n"], items: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
        """Return the predicted rating of each pair of a user and an item.

        A user of -1 is unknown: bias 0 and factors 0. What remains is the mean and the item's bias. An item of -1 is
        unknown likewise.

        Raises:
            RuntimeError: the model has not been fitted.
            ValueError: there are not as many users as items, or a number is below -1 or not below their count.
        """
        # BEGIN SOLUTION
        if self.mean is None:
            raise RuntimeError("fit the model first")
        sides = ((users, self.user_bias, self.user_factors), (items, self.item_bias, self.item_factors))
        for numbers, bias, _ in sides:
            if len(users) != len(items) or bool(((numbers < -1) | (numbers >= len(bias))).any()):
                raise ValueError("a user for each item, each of them -1 or a row of the table")
        # An index of -1 would be the last row: everything of an unknown one is multiplied by 0 instead.
        (p, P), (q, Q) = (
            ((numbers >= 0) * bias[numbers], (numbers >= 0)[:, None] * factors[numbers])
            for numbers, bias, factors in sides
        )
        return self.mean + p + q + (P * Q).sum(dim=1)
        # END SOLUTION

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
        # BEGIN SOLUTION
        if self.mean is None:
            raise RuntimeError("fit the model first")
        if len(ratings) != len(self.item_bias) or k < 1:
            raise ValueError("an entry for each item, NaN if it is missing, and k of at least 1")
        base = self.mean + self.item_bias
        taste = solve_rows((ratings - base)[None], self.item_factors, self.l2)[0]  # (rank,)
        expected = base + self.item_factors @ taste
        order = expected.argsort(descending=True, stable=True)
        return order[ratings[order].isnan()][:k]
        # END SOLUTION

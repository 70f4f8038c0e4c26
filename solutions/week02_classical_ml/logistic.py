"""Week 02: tell two classes apart by a weighted sum.

With words for features this is the sentiment classifier that every later model is measured against.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

MOST_STEPS = 5_000
"""More than any fit of this week needs: a loop without a limit hangs as soon as one sign is wrong. (Given.)"""


def log_loss(logits: Float[Tensor, " n"], y: Int[Tensor, " n"]) -> Float[Tensor, ""]:
    """Return the mean of -log P(y), where P(y = 1) is the sigmoid of the logit.

    A logit of any finite size gives a finite loss: one of -1000 where y is 1 costs 1000.
    The result has the dtype of `logits`.

    Raises:
        ValueError: there is no row, there are not as many labels as logits, or a label is neither 0 nor 1.

    Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 4.3.2.
    """
    # BEGIN SOLUTION
    if len(y) == 0 or len(y) != len(logits) or not bool(((y == 0) | (y == 1)).all()):
        raise ValueError("as many labels as rows, at least one, each of them 0 or 1")
    wrong_way = torch.where(y == 1, -logits, logits)  # how far each logit lies on the wrong side
    # log(1 + exp(z)) without overflow: exp only ever sees what is not positive.
    return (wrong_way.clamp(min=0) + torch.log1p(torch.exp(-wrong_way.abs()))).mean()
    # END SOLUTION


class LogisticRegression:
    """P(y = 1) = sigmoid(X @ weight + bias), with weights that a penalty keeps small.

    The objective is `log_loss`, a mean over the rows, plus l2 / 2 times the sum of the squared weights. The bias is
    not penalised. (scikit-learn adds the losses up: its `C` is 1 / (n * l2).)

    Attributes:
        weight: (features,) after `fit`, None before.
        bias: a tensor without axes after `fit`, None before.
    """

    def __init__(self, l2: float):
        """Keep the strength of the penalty.

        Raises:
            ValueError: `l2` is not above 0, which NaN is not either. (Without a penalty, classes that a plane separates
                have no best weights.)
        """
        # BEGIN SOLUTION
        if not l2 > 0:
            raise ValueError("l2 must be above 0")
        self.l2 = l2
        self.weight: Tensor | None = None
        self.bias: Tensor | None = None
        # END SOLUTION

    def objective(
        self,
        weight: Float[Tensor, " features"],
        bias: Float[Tensor, ""],
        X: Float[Tensor, "n features"],
        y: Int[Tensor, " n"],
    ) -> Float[Tensor, ""]:
        """Return the objective at a weight and a bias, whatever the model has learned.

        The labels are checked as in `log_loss`.
        """
        # BEGIN SOLUTION
        return log_loss(X @ weight + bias, y) + self.l2 / 2 * weight.square().sum()
        # END SOLUTION

    def gradient(
        self,
        weight: Float[Tensor, " features"],
        bias: Float[Tensor, ""],
        X: Float[Tensor, "n features"],
        y: Int[Tensor, " n"],
    ) -> tuple[Float[Tensor, " features"], Float[Tensor, ""]]:
        """Return the derivatives of the objective, by hand: (for the weight, for the bias).

        The labels are checked as in `log_loss`.
        """
        # BEGIN SOLUTION
        logits = X @ weight + bias
        log_loss(logits, y)  # checks the labels
        errors = (torch.sigmoid(logits) - y) / len(y)  # (n,): how much too high each probability is
        return X.mT @ errors + self.l2 * weight, errors.sum()
        # END SOLUTION

    def fit(
        self, X: Float[Tensor, "n features"], y: Int[Tensor, " n"], tolerance: float = 1e-5
    ) -> "LogisticRegression":
        """Find the weight and the bias with the lowest objective, and return the model itself.

        At the end no entry of the gradient is larger than `tolerance` in magnitude: the number of steps is not given.
        If rounding keeps the gradient above `tolerance`, it ends after `MOST_STEPS` steps all the same.

        How to descend: features may be 30 or 0.1, so a learning rate that is fixed beforehand is too long for the ones
        or too short for the others. Newton's method finds the step from the second derivatives, and needs about ten;
        gradient descent needs a rate that follows from `X`: 1 / (l2 + (1 + mean of |x|^2) / 4) is never too long.

        Fitting again forgets what was learned before.
        Weight and bias get the dtype of `X`, which is not changed. The labels are checked as in `log_loss`.
        """
        # BEGIN SOLUTION
        table = torch.cat([X, X.new_ones(len(X), 1)], dim=1)  # (n, features + 1): the bias is the weight of a 1
        penalty = torch.full_like(table[0], self.l2)
        penalty[-1] = 0
        theta = torch.zeros_like(penalty)
        for _ in range(MOST_STEPS):
            slope, bias_slope = self.gradient(theta[:-1], theta[-1], X, y)
            slope = torch.cat([slope, bias_slope[None]])
            if slope.abs().max() <= tolerance:
                break
            p = torch.sigmoid(table @ theta)
            # Newton: where the objective bends much, the way to its bottom is short.
            bend = table.mT @ (table * (p * (1 - p))[:, None]) / len(y) + penalty.diag()
            theta = theta - torch.linalg.solve(bend, slope)
        weight, bias = theta[:-1], theta[-1]
        self.weight, self.bias = weight, bias
        return self
        # END SOLUTION

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, " n"]:
        """Return P(y = 1) for each row.

        Raises:
            RuntimeError: the model has not been fitted.
        """
        # BEGIN SOLUTION
        if self.weight is None:
            raise RuntimeError("fit the model first")
        return torch.sigmoid(X @ self.weight + self.bias)
        # END SOLUTION

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the likelier class of each row, as int64.

        It is 1 where P(y = 1) is above 1/2, and 0 for exactly 1/2. A model that has not been fitted raises RuntimeError
        here too.
        """
        # BEGIN SOLUTION
        return (self.predict_proba(X) > 0.5).long()
        # END SOLUTION

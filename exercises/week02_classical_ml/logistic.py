# Week 02, exercise logistic: Logistic regression: a sentiment classifier
# Difficulty 2 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: Gradients, the sigmoid, matrix products.
# Write it by hand: torch.nn.functional.binary_cross_entropy_with_logits, torch.nn.functional.binary_cross_entropy,
# torch.nn.BCEWithLogitsLoss, torch.nn.BCELoss, torch.autograd.grad, torch.autograd.backward, torch.Tensor.backward,
# sklearn.linear_model may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 02, logistic: write log_loss")


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
        raise NotImplementedError("week 02, logistic: write LogisticRegression.__init__")

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
        raise NotImplementedError("week 02, logistic: write LogisticRegression.objective")

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
        raise NotImplementedError("week 02, logistic: write LogisticRegression.gradient")

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
        raise NotImplementedError("week 02, logistic: write LogisticRegression.fit")

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, " n"]:
        """Return P(y = 1) for each row.

        Raises:
            RuntimeError: the model has not been fitted.
        """
        raise NotImplementedError("week 02, logistic: write LogisticRegression.predict_proba")

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the likelier class of each row, as int64.

        It is 1 where P(y = 1) is above 1/2, and 0 for exactly 1/2. A model that has not been fitted raises RuntimeError
        here too.
        """
        raise NotImplementedError("week 02, logistic: write LogisticRegression.predict")

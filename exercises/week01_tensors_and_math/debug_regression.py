# Week 01, exercise debug_regression: Find the bug: a regression that learns the average
# Find the bug · difficulty 2 of 5 · importance 5 of 5 · about 20 minutes
# It builds on: Broadcasting, gradient descent, mean squared error.
# What a user reports: After training, the model predicts nearly the same number for everybody, whatever the features.
# There is no error message, and the loss falls.
"""Week 01, debug_regression: a program that learns to predict a number from features.

It is trained by gradient descent on the mean of the squared errors, and starts from zeros, so that nothing is random.
"""

import torch
from jaxtyping import Float
from torch import Tensor


class LinearRegression:
    """Predicts x @ weight + bias.

    Attributes:
        weight: (features, 1), zeros at first.
        bias: (1,), zero at first.
    """

    def __init__(self, features: int, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None):
        """Begin with zeros."""
        self.weight = torch.zeros(features, 1, dtype=dtype, device=device, requires_grad=True)
        self.bias = torch.zeros(1, dtype=dtype, device=device, requires_grad=True)

    def predict(self, x: Float[Tensor, "n features"]) -> Float[Tensor, "n 1"]:
        """Predict a number for each row."""
        return x @ self.weight + self.bias

    def loss(self, x: Float[Tensor, "n features"], y: Float[Tensor, " n"]) -> Float[Tensor, ""]:
        """Return the mean of the squared errors."""
        errors = self.predict(x) - y
        return (errors**2).mean()

    def fit(self, x: Float[Tensor, "n features"], y: Float[Tensor, " n"], rate: float, steps: int) -> list[float]:
        """Make `steps` steps of gradient descent; return the loss before each of them."""
        losses = []
        for _ in range(steps):
            loss = self.loss(x, y)
            losses.append(loss.item())
            slopes = torch.autograd.grad(loss, (self.weight, self.bias))
            with torch.no_grad():
                self.weight -= rate * slopes[0]
                self.bias -= rate * slopes[1]
        return losses

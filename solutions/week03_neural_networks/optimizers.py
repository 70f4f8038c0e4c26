"""Week 03, optimizers: Adam, AdamW and Muon, three that train language models today.

Each takes the parameters of a model once, and moves them in place whenever `step` is called.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of Muon's polynomial: it brings every singular value between 0.01 and 1 near 1 in five steps. (Given.)"""
SMALLEST_NORM = 1e-7
"""Muon divides by no norm below this. (Given.)"""


class Optimizer:
    """What all optimizers share. (Given.)

    Attributes:
        parameters: the list of what is trained.
        lr: the learning rate, read anew at every step, so that a schedule may set it.
        state: what is remembered for each parameter, by its place in `parameters`.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float):
        """Remember the parameters and the rate."""
        self.parameters, self.lr = list(parameters), lr
        self.state: list[dict] = [{} for _ in self.parameters]
        if not self.parameters:
            raise ValueError("no parameters: there is nothing to train")
        if lr < 0:
            raise ValueError(f"the learning rate must not be negative, as {lr} is")

    def zero_grad(self) -> None:
        """Forget all gradients: each becomes None."""
        for trained in self.parameters:
            trained.grad = None


class Adam(Optimizer):
    """Adam: steps of nearly equal size for every number, whatever the size of its gradient.

    For a parameter with gradient g, at its step t = 1, 2, …, with m and v zeros at first:

        m = beta1 * m + (1 - beta1) * g        v = beta2 * v + (1 - beta2) * g^2
        parameter = parameter - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    eps is added outside the root, and is added after v was corrected. (As in torch; TensorFlow's Adam adds it before.)

    Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ):
        """Take the parameters to train.

        Raises:
            ValueError: a beta is negative, or not below 1.
        """
        # BEGIN SOLUTION
        super().__init__(parameters, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must lie between 0 and 1, not {betas}")
        self.betas, self.eps = betas, eps
        # END SOLUTION

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient, in place.

        A parameter whose gradient is None stays, and its t does not grow. The gradients are not changed.
        """
        # BEGIN SOLUTION
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                self._move(parameter, state)
        # END SOLUTION

    # BEGIN SOLUTION
    def _move(self, parameter, state):
        beta1, beta2 = self.betas
        gradient = parameter.grad
        if not state:
            state.update(t=0, m=torch.zeros_like(parameter), v=torch.zeros_like(parameter))
        state["t"] += 1
        state["m"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        # Both began at 0, and are too small by these factors until many gradients have come.
        mean = state["m"] / (1 - beta1 ** state["t"])
        square = state["v"] / (1 - beta2 ** state["t"])
        parameter -= self.lr * mean / (square.sqrt() + self.eps)

    # END SOLUTION


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Each step first multiplies a parameter by 1 - lr * weight_decay, then takes Adam's step. The decay is not part of
    the gradient: neither m nor v ever sees it.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, as torch writes it.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        """Take the parameters to train.

        Raises:
            ValueError: as for Adam, or `weight_decay` is negative.
        """
        # BEGIN SOLUTION
        super().__init__(parameters, lr, betas, eps)
        if weight_decay < 0:
            raise ValueError(f"weight_decay must not be negative, as {weight_decay} is")
        self.weight_decay = weight_decay
        # END SOLUTION

    @torch.no_grad()
    def step(self) -> None:
        """Decay and move every parameter that has a gradient, in place.

        A parameter whose gradient is None does not decay either.
        """
        # BEGIN SOLUTION
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter *= 1 - self.lr * self.weight_decay
        super().step()
        # END SOLUTION


def orthogonalise(matrix: Float[Tensor, "rows columns"], steps: int = 5) -> Float[Tensor, "rows columns"]:
    """Bring all singular values near 1, and leave the singular vectors as they are.

    X begins as the matrix divided by the root of the sum of its squares (by 1e-7 if that is less). Each step then
    replaces X by a X + b (X X^T) X + c (X X^T)^2 X with a, b, c of `COEFFICIENTS`.
    A matrix with more rows than columns is turned on its side before and back afterwards: the answer is the same, and
    the products are smaller. A matrix of zeros stays zeros. The dtype is that of `matrix`, which is not changed.

    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """
    # BEGIN SOLUTION
    a, b, c = COEFFICIENTS
    x = matrix / matrix.norm().clamp(min=SMALLEST_NORM)
    tall = len(x) > x.shape[1]
    x = x.mT if tall else x
    for _ in range(steps):
        square = x @ x.mT  # (side, side), the shorter one
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x
    # END SOLUTION


class Muon(Optimizer):
    """Muon: momentum in which every direction gets about the same weight, for matrices.

    For a matrix with gradient g, with buffer zeros at first:

        buffer = momentum * buffer + (1 - momentum) * g
        direction = orthogonalise(momentum * buffer + (1 - momentum) * g)
        matrix = (1 - lr * weight_decay) * matrix - lr * sqrt(max(1, rows / columns)) * direction

    Source: Jordan et al. 2024; the factor of the shape is that of torch.optim.Muon, "original".
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float = 1e-3, momentum: float = 0.95, weight_decay: float = 0.1
    ):
        """Take the matrices to train.

        Raises:
            ValueError: a parameter does not have two axes, or `momentum` is negative or not below 1.
        """
        # BEGIN SOLUTION
        super().__init__(parameters, lr)
        if any(parameter.ndim != 2 for parameter in self.parameters):
            raise ValueError("Muon trains matrices only: give the other parameters to AdamW")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie between 0 and 1, not {momentum}")
        self.momentum, self.weight_decay = momentum, weight_decay
        # END SOLUTION

    @torch.no_grad()
    def step(self) -> None:
        """Move every matrix that has a gradient, in place; the gradients are not changed.

        A matrix whose gradient is None stays as it is: it does not decay, and its buffer waits.
        """
        # BEGIN SOLUTION
        for matrix, state in zip(self.parameters, self.state, strict=True):
            if matrix.grad is None:
                continue
            buffer = state.setdefault("buffer", torch.zeros_like(matrix))
            buffer.lerp_(matrix.grad, 1 - self.momentum)
            direction = orthogonalise(matrix.grad.lerp(buffer, self.momentum))  # Nesterov: momentum, looked ahead
            rows, columns = matrix.shape
            matrix *= 1 - self.lr * self.weight_decay
            matrix -= self.lr * max(1, rows / columns) ** 0.5 * direction
        # END SOLUTION

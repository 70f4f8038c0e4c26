# Week 03, exercise optimizers: Adam, AdamW and Muon
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Gradient descent (week 01), matrix products.
# Write it by hand: torch.optim may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
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
        raise NotImplementedError("week 03, optimizers: write Adam.__init__")

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient, in place.

        A parameter whose gradient is None stays, and its t does not grow. The gradients are not changed.
        """
        raise NotImplementedError("week 03, optimizers: write Adam.step")


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
        raise NotImplementedError("week 03, optimizers: write AdamW.__init__")

    @torch.no_grad()
    def step(self) -> None:
        """Decay and move every parameter that has a gradient, in place.

        A parameter whose gradient is None does not decay either.
        """
        raise NotImplementedError("week 03, optimizers: write AdamW.step")


def orthogonalise(matrix: Float[Tensor, "rows columns"], steps: int = 5) -> Float[Tensor, "rows columns"]:
    """Bring all singular values near 1, and leave the singular vectors as they are.

    X begins as the matrix divided by the root of the sum of its squares (by 1e-7 if that is less). Each step then
    replaces X by a X + b (X X^T) X + c (X X^T)^2 X with a, b, c of `COEFFICIENTS`.
    A matrix with more rows than columns is turned on its side before and back afterwards: the answer is the same, and
    the products are smaller. A matrix of zeros stays zeros. The dtype is that of `matrix`, which is not changed.

    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """
    raise NotImplementedError("week 03, optimizers: write orthogonalise")


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
        raise NotImplementedError("week 03, optimizers: write Muon.__init__")

    @torch.no_grad()
    def step(self) -> None:
        """Move every matrix that has a gradient, in place; the gradients are not changed.

        A matrix whose gradient is None stays as it is: it does not decay, and its buffer waits.
        """
        raise NotImplementedError("week 03, optimizers: write Muon.step")

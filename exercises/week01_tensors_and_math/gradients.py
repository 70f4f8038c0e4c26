# Week 01, exercise gradients: Gradients, by measuring and by hand
# Difficulty 3 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: Partial derivatives, the chain rule, softmax and cross-entropy.
# Write it by hand: torch.autograd.grad, torch.autograd.backward, torch.autograd.functional.jacobian,
# torch.autograd.functional.hessian, torch.autograd.functional.vjp, torch.autograd.functional.jvp,
# torch.autograd.forward_ad, torch.Tensor.backward, torch.func.grad, torch.func.vjp, torch.func.jvp, torch.func.jacrev,
# torch.func.jacfwd, torch.func.linearize, torch.func.hessian, torch.linalg.multi_dot, torch.chain_matmul may not be
# used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: A chain of four Jacobians of 1,001 by 1,001 numbers that ends in a loss of one number takes at
# most 3 times the reference's time: vectors times matrices, not matrices times matrices.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 01: gradients in three ways.

Measure one by small steps, derive one by hand for the last layer of every language model, and multiply Jacobians in
the order in which backpropagation does.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor


def numerical_gradient(
    f: Callable[[Float[Tensor, "*shape"]], Float[Tensor, ""] | float], x: Float[Tensor, "*shape"], eps: float = 1e-6
) -> Float[Tensor, "*shape"]:
    """Measure the gradient of f at x by central differences: (f(x + eps) - f(x - eps)) / (2 eps), entry by entry.

    Everything is computed in float64: f gets float64 tensors of the shape of `x`, whatever the dtype of `x`, and the
    gradient is rounded to the dtype of `x` at the end. f is asked exactly twice for each entry, and always with one
    entry moved and all others as they were. `x` is not changed.

    Args:
        f: returns one number: a Python float, or a tensor with a single entry.

    Raises:
        ValueError: `eps` is not above 0.

    Source: Goodfellow et al. 2016, "Deep Learning", section 11.5, "Compare back-propagated derivatives".
    """
    raise NotImplementedError("week 01, gradients: write numerical_gradient")


def linear_softmax_backward(
    x: Float[Tensor, "n features"], W: Float[Tensor, "classes features"], targets: Int[Tensor, " n"]
) -> tuple[Float[Tensor, ""], Float[Tensor, "n features"], Float[Tensor, "classes features"]]:
    """Return the loss of a linear classifier and its gradients, by hand: (loss, dx, dW).

        logits = x W^T        loss = mean over the n rows of -log softmax(logits)[target]

    dx and dW are the gradients of the loss (a mean: divided by n) with respect to `x` and `W`, computed
    by hand. Logits of any finite size give finite answers, as long as the dtype can hold them. The dtype is that of
    `x`, which is that of `W`: float32 or float64.

    Raises:
        ValueError: there are no rows, or a target is not a class (below 0, or not below classes).

    Source: Bishop 2006, "Pattern Recognition and Machine Learning", equations 4.108 and 4.109.
    """
    raise NotImplementedError("week 01, gradients: write linear_softmax_backward")


def chain(jacobians: Sequence[Float[Tensor, "outputs inputs"]]) -> Float[Tensor, "last first"]:
    """Return the Jacobian of a chain of functions from the Jacobians of its links.

    `jacobians` stand in the order in which the functions are applied: of f3(f2(f1(x))) first that of f1, whose entry
    (i, j) is how output i of f1 changes with input j. The product is J3 J2 J1.
    It is multiplied from the last one on, as backpropagation does, so that a last function with one output (a loss)
    costs only products of a row and a matrix. The list and its tensors are not changed.

    Raises:
        ValueError: the list is empty, or a function has another number of inputs than the one before it has outputs.

    Source: Goodfellow et al. 2016, section 6.5.2; Baydin et al. 2018, "Automatic Differentiation in Machine
        Learning", section 3.2.
    """
    raise NotImplementedError("week 01, gradients: write chain")

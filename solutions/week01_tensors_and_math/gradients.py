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
    # BEGIN SOLUTION
    if eps <= 0:
        raise ValueError("eps must be above 0")
    start = x.detach().double()
    gradient = torch.zeros_like(start).reshape(-1)
    for place in range(start.numel()):
        step = torch.zeros_like(gradient)
        step[place] = eps
        step = step.view(start.shape)
        gradient[place] = (float(f(start + step)) - float(f(start - step))) / (2 * eps)
    return gradient.view(start.shape).to(x.dtype)
    # END SOLUTION


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
    # BEGIN SOLUTION
    n, classes = len(x), len(W)
    if n == 0 or (targets < 0).any() or (targets >= classes).any():
        raise ValueError(f"one row at least, and targets from 0 to {classes - 1}")
    with torch.no_grad():
        logits = x @ W.mT  # (n, classes)
        shifted = logits - logits.amax(dim=1, keepdim=True)
        log_probabilities = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
        rows = torch.arange(n, device=x.device)
        loss = -log_probabilities[rows, targets].mean()

        dlogits = log_probabilities.exp()  # what the model believes …
        dlogits[rows, targets] -= 1  # … minus what is true
        dlogits /= n
        return loss, dlogits @ W, dlogits.mT @ x
    # END SOLUTION


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
    # BEGIN SOLUTION
    if not jacobians:
        raise ValueError("a chain needs at least one link")
    for before, after in zip(jacobians, jacobians[1:], strict=False):
        if after.shape[1] != before.shape[0]:
            raise ValueError(f"{before.shape[0]} outputs do not fit {after.shape[1]} inputs")
    product = jacobians[-1]
    for jacobian in reversed(jacobians[:-1]):
        product = product @ jacobian
    return product
    # END SOLUTION

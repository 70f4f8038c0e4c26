"""Week 03, regularise: three ways to keep training from going wrong.

Dropout, a limit on the gradient, and stopping in time.
"""

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn


def dropout(
    x: Float[Tensor, "..."], p: float, training: bool = True, generator: torch.Generator | None = None
) -> Float[Tensor, "..."]:
    """Set each entry to 0 with probability `p`, independently of all others, and multiply the rest by 1 / (1 - p).

    `x` holds finite numbers, and the expected value of every entry stays what it was. When `training` is false, or p is
    0, the answer equals `x`, and may be `x` itself. When p is 1, everything is 0. `x` is not changed; shape and dtype
    are those of `x`.
    Gradients pass through what was kept, with the same factor, and nowhere else.
    If a generator is given, all random numbers come from it: what it has drawn before matters, not its seed.

    Raises:
        ValueError: `p` is below 0 or above 1, or NaN.

    Source: Srivastava et al. 2014, "Dropout", section 10 (the factor is applied while training, "inverted dropout").
    """
    # BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, which {p} is not")
    if not training or p == 0:
        return x.clone()
    kept = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return torch.where(kept, x, 0) / max(1 - p, torch.finfo(x.dtype).tiny)  # p = 1 keeps nothing: 0 / tiny
    # END SOLUTION


def clip_gradients(parameters: Iterable[nn.Parameter], max_norm: float) -> float:
    """Scale all gradients down together if their common norm is above `max_norm`; return the norm before.

    The norm is the root of the sum of the squares of all entries of all gradients; they are added up in float32 or
    more, for in float16 the square of 300 is infinite. Where it is above `max_norm`, every
    gradient is multiplied by max_norm / norm, in place (as in torch, 1e-6 may be added to the divisor); otherwise
    nothing changes: gradients are never scaled up. In place: `grad` is the same tensor afterwards, with other numbers.
    Parameters without a gradient are left out. If the norm is infinite or NaN, nothing is scaled.
    `parameters` may be a generator, which can be read only once. Without any gradient the norm is 0.

    Returns:
        The norm before scaling, a Python float.

    Raises:
        ValueError: `max_norm` is not above 0, which NaN is not either.

    Source: Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
    """
    # BEGIN SOLUTION
    if not max_norm > 0:
        raise ValueError(f"max_norm must be above 0, which {max_norm} is not")
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = math.sqrt(sum(float(gradient.double().square().sum()) for gradient in gradients))
    if math.isfinite(norm) and norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm
    # END SOLUTION


class EarlyStopping:
    """Watches the loss on held-out data, keeps the best weights, and says when to stop.

    A loss is an improvement if it is below `best` by more than `min_delta`; NaN never is.

    Attributes:
        best: the last loss that was an improvement; inf at first.

    Source: Prechelt 1998, "Early Stopping: But When?".
    """

    def __init__(self, patience: int, min_delta: float = 0.0):
        """Prepare to watch.

        Raises:
            ValueError: `patience` is below 1, or `min_delta` is negative.
        """
        # BEGIN SOLUTION
        if patience < 1 or min_delta < 0:
            raise ValueError("patience is at least 1, and min_delta at least 0")
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0
        self.weights: dict[str, Tensor] | None = None
        # END SOLUTION

    def should_stop(self, loss: float, model: nn.Module) -> bool:
        """Take note of the loss of an epoch; return whether the last `patience` losses were no improvements.

        At an improvement the model's whole `state_dict` is copied, parameters and buffers: what training does to them
        afterwards does not change the copy.
        An improvement begins the count anew.
        """
        # BEGIN SOLUTION
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
            self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited >= self.patience
        # END SOLUTION

    def restore(self, model: nn.Module) -> None:
        """Put the `state_dict` of the best epoch back into the model.

        Raises:
            ValueError: no loss has been an improvement yet.
        """
        # BEGIN SOLUTION
        if self.weights is None:
            raise ValueError("there are no best weights yet")
        model.load_state_dict(self.weights)
        # END SOLUTION

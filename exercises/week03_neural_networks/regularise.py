# Week 03, exercise regularise: Drop, clip, stop in time
# Difficulty 2 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: Random masks, norms, `state_dict`.
# Write it by hand: torch.nn.functional.dropout, torch.nn.functional.dropout1d, torch.nn.functional.alpha_dropout,
# torch.nn.functional.feature_alpha_dropout, torch.nn.Dropout, torch.dropout, torch.nn.utils.clip_grad_norm_,
# torch.nn.utils.clip_grads_with_norm_, torch.nn.utils.get_total_norm may not be used, nor the operators of torch
# behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 03, regularise: write dropout")


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
    raise NotImplementedError("week 03, regularise: write clip_gradients")


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
        raise NotImplementedError("week 03, regularise: write EarlyStopping.__init__")

    def should_stop(self, loss: float, model: nn.Module) -> bool:
        """Take note of the loss of an epoch; return whether the last `patience` losses were no improvements.

        At an improvement the model's whole `state_dict` is copied, parameters and buffers: what training does to them
        afterwards does not change the copy.
        An improvement begins the count anew.
        """
        raise NotImplementedError("week 03, regularise: write EarlyStopping.should_stop")

    def restore(self, model: nn.Module) -> None:
        """Put the `state_dict` of the best epoch back into the model.

        Raises:
            ValueError: no loss has been an improvement yet.
        """
        raise NotImplementedError("week 03, regularise: write EarlyStopping.restore")

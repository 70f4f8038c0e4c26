# Week 08, exercise step: One exact step
# Difficulty 3 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: backward and zero_grad, the causal loss.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 08, step: one exact step of training on more data than fits into memory at once.

The batch comes in pieces. The step must be the one that the whole batch would have given, however it was cut.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor, nn

IGNORE = -100  # a label that nobody has to predict
MicroBatch = tuple[Int[Tensor, "batch length"], Int[Tensor, "batch length"]]


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    micro_batches: list[MicroBatch],
    max_norm: float | None = None,
) -> tuple[float, float]:
    """Take one optimizer step on the mean loss of all micro-batches together.

    A micro-batch is (ids, labels); micro-batches may differ in shape. The model is called once for each, in order, as
    `model(ids)`, and gives logits (batch, length, vocabulary). Labels are not shifted: the logits at t are scored
    against the label at t + 1 of the same row, and targets of -100 do not count. The micro-batches are not changed.
    The loss is the sum over all targets of all micro-batches, divided by the number of all these targets: every target
    weighs the same, in whatever micro-batch it stands.
    The norm is that of all gradients together: the root of the sum of all their squares. Where it is above `max_norm`,
    all gradients are multiplied by max_norm / norm (as in torch, 1e-6 may be added to the divisor); otherwise they
    stay as they are. All gradients are those of all parameters of the model, in whatever group of the optimizer they
    are; parameters that it does not have count too.
    If the norm is infinite or NaN, no step is taken: weights and optimizer stay as they are.
    Gradients from before do not count, and none are left behind: in the end each is None or 0. The model is in the
    mode in which it came, meanwhile and afterwards.

    Args:
        max_norm: None: never scale the gradients.

    Returns:
        The tuple (loss, norm) of Python floats; the norm is the one before scaling.

    Raises:
        ValueError: no micro-batch has a target. Then the model was not called and its weights have not changed.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 3; Pascanu et al. 2013, section 3.2.
    """
    raise NotImplementedError("week 08, step: write train_step")

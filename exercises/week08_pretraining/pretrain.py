# Week 08, exercise pretrain: Pretraining a model
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: A training loop: loss, backward, optimizer step; training and evaluation mode.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 08, pretrain: a whole run, from random weights to a model that has learned, and the number that says so.

The rows are tokens of one length, packed or cut beforehand. The loss on rows that were never trained on is the result.
"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn


def rate(step: int, steps: int, peak: float) -> float:
    """Given: the learning rate of a step, counted from 0. A tenth of the run goes up, the rest down half a cosine."""
    warm_up = max(1, steps // 10)
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up))) / 2


def held_out_loss(model: nn.Module, rows: Int[Tensor, "rows length"], batch_size: int) -> float:
    """Return the mean loss for each predicted token of all rows, in nats.

    The model is called as `model(ids)` and gives logits (batch, length, vocabulary); those at t predict the token at
    t + 1 of the same row. Rows are read in their order, `batch_size` at a time; the last batch may be smaller, and
    every token weighs the same in whatever batch it stands.
    The model is in evaluation mode meanwhile and afterwards in the mode that it had. No gradients are computed.

    Raises:
        ValueError: there are no rows, rows have fewer than two tokens, or `batch_size` is below 1.
    """
    raise NotImplementedError("week 08, pretrain: write held_out_loss")


def pretrain(
    model: nn.Module,
    rows: Int[Tensor, "rows length"],
    *,
    steps: int,
    batch_size: int,
    peak: float,
    generator: Generator,
) -> list[float]:
    """Train a language model on rows of tokens.

    A batch is `batch_size` rows. Rows are taken in rounds: each round visits every row once, in a new random order that
    comes from `generator`; a batch that reaches the end of a round goes on in the next one, as often as it takes. The
    generator moves on, so that the next call has other orders.
    Each step takes the mean loss of all predicted tokens of its batch, scales the gradients to a norm of at most 1 (of
    all parameters together), and updates with torch.optim.AdamW, betas (0.9, 0.95), at the rate `rate(step, steps,
    peak)`, where steps count from 0; all else is as torch has it. Gradients that were there before do not count.
    The model is in training mode meanwhile and afterwards in the mode that it had.

    Returns:
        The loss of each step as a Python float, measured before its update.

    Raises:
        ValueError: there are no rows, rows have fewer than two tokens, or `steps` or `batch_size` is below 1.

    Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; Brown et al. 2020, appendix B.
    """
    raise NotImplementedError("week 08, pretrain: write pretrain")

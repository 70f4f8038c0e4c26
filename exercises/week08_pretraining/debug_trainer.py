# Week 08, exercise debug_trainer: Find the bug: a trainer that stops learning
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 20 minutes
# It builds on: Gradient accumulation, learning-rate schedules.
# What a user reports: With gradients accumulated over four micro-batches, the loss stops falling after a quarter of
# the run; the same run without accumulation learns to its end.
"""Week 08, debug_trainer: a small trainer that accumulates gradients, with a learning rate that falls to 0.

A run of 1,000 updates takes 1,000 batches, or 4,000 micro-batches when it accumulates four; the rate falls over it.
It may be trained in several calls: each goes on where the one before it stopped.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor, nn


class Trainer:
    """Trains a language model by plain gradient descent.

    Attributes:
        updates: how many times the weights were updated so far, in all calls.
    """

    def __init__(self, model: nn.Module, peak: float, total: int, accumulate: int = 1):
        """Prepare a run of `total` updates, each of which takes `accumulate` micro-batches."""
        self.model, self.peak, self.total, self.accumulate = model, peak, total, accumulate
        self.optimizer = torch.optim.SGD(model.parameters(), lr=peak)
        self.updates = 0

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0: a straight line from `peak` to 0, and 0 behind its end."""
        return self.peak * max(0.0, 1 - update / self.total)

    def loss(self, ids: Int[Tensor, "batch length"]) -> Tensor:
        """Return the mean loss of predicting each token from the ones before it."""
        logits = self.model(ids)[:, :-1]
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    def fit(self, batches: list[Int[Tensor, "batch length"]]) -> list[float]:
        """Train on micro-batches of equal size; return the rate of each update that was made.

        Micro-batches that are left at the end and do not make up an update are not used.
        """
        rates = []
        full = len(batches) // self.accumulate * self.accumulate
        for number, ids in enumerate(batches[:full], start=1):
            (self.loss(ids) / self.accumulate).backward()
            if number % self.accumulate:
                continue
            rate = self.rate(number - 1)
            self.optimizer.param_groups[0]["lr"] = rate
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.updates += 1
            rates.append(rate)
        return rates

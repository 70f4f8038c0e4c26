# Week 11, exercise debug_dpo: Find the bug: a loss that stays at log 2
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 20 minutes
# It builds on: DPO, modules and their parameters, optimizers.
# What a user reports: The loss is 0.6931 at every step, from the first to the last, although the weights of the model
# change with each of them.
"""Week 11, debug_dpo: a small trainer that learns from preferences, with DPO.

The reference is the model as it is when the trainer is made. A trainer may be used in several calls: each goes on where
the one before it stopped, and compares with the same reference.
"""

import copy

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

Side = tuple[Int[Tensor, "pairs length"], Int[Tensor, "pairs length"]]
"""Ids, and labels: the ids where the answer stands, -100 at the prompt and in the padding."""


class PreferenceTrainer:
    """Trains a language model by plain gradient descent so that it prefers the chosen answers.

    Attributes:
        model: the model that learns; `model(ids)` gives logits (pairs, length, vocabulary).
        beta: how strongly the model is held to the reference.
    """

    def __init__(self, model: nn.Module, beta: float, rate: float):
        """Keep the model, and what it is now as the reference."""
        self.model, self.beta = model, beta
        self.optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        self.reference = copy.copy(model)

    def logps(self, logits: Float[Tensor, "pairs length vocabulary"], labels: Int[Tensor, "pairs length"]) -> Tensor:
        """Return the log-probability of each answer: a sum over the labels that are not -100."""
        return -F.cross_entropy(logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none").sum(-1)

    def margins(self, chosen: Side, rejected: Side) -> Float[Tensor, " pairs"]:
        """Return beta times how much more the model prefers the chosen answer than the reference does."""
        margin = torch.zeros(())
        for (ids, labels), sign in ((chosen, 1), (rejected, -1)):
            policy = self.logps(self.model(ids), labels)
            with torch.no_grad():
                reference = self.logps(self.reference(ids), labels)
            margin = margin + sign * (policy - reference)
        return self.beta * margin

    def fit(self, chosen: Side, rejected: Side, steps: int) -> list[float]:
        """Make some steps on all pairs at once; return the loss before each step."""
        losses = []
        for _ in range(steps):
            loss = -F.logsigmoid(self.margins(chosen, rejected)).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(float(loss))
        return losses

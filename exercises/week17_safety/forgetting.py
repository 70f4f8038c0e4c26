# Week 17, exercise forgetting: Elastic weights and a replay buffer
# Difficulty 3 of 5 · importance 3 of 5 · about 60 minutes
# It builds on: Autograd, softmax, expectation.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 5: learn the new without losing the old.

Read first:  the handout, exercise 5.
You write:   fisher_diagonal, ewc_penalty, ReservoirBuffer.
You may use: PyTorch and Python's `random`. It knows nothing about the tasks.
"""

import random
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn


def fisher_diagonal(model: nn.Module, x: Float[Tensor, " batch *features"]) -> dict[str, Float[Tensor, "*shape"]]:
    """Return how much each parameter matters to the predictions.

    It is the diagonal of the Fisher information: with p(y | x) the softmax of model(x) (logits [batch, classes]), the
    entry of a parameter is

        mean over x,  of the sum over y,  of  p(y | x) * ( d log p(y | x) / d parameter ) ** 2

    Every class counts with the probability that the model gives it; true labels play no part, and examples are
    squared one by one. The answer has the names of `model.named_parameters()`, without those that do not require
    gradients; a parameter that takes no part in the logits has 0. It is in the parameters' dtype and device. The
    model is used in the mode that it is in, and its parameters and their `.grad` stay as they are. No entry is part
    of a graph.

    Source: Kirkpatrick et al. 2017, "Overcoming catastrophic forgetting in neural networks", section 2;
        Kunstner et al. 2019 on why not the labels.
    """
    raise NotImplementedError("week 17, forgetting: write fisher_diagonal")


def ewc_penalty(
    parameters: dict[str, Float[Tensor, "*shape"]],
    anchor: dict[str, Float[Tensor, "*shape"]],
    fisher: dict[str, Float[Tensor, "*shape"]],
    strength: float,
) -> Float[Tensor, ""]:
    """Return what it costs to have moved away from the anchor.

        strength / 2 * sum of fisher * (parameter - anchor) ** 2

    over all entries of all parameters named in `fisher`, as a tensor without axes.

    Gradients flow to `parameters` alone: `anchor` (the parameters after the old task) and `fisher` are constants,
    even if they require gradients. Parameters not named in `fisher`, such as a new output layer, are free. Nothing is
    modified. An empty `fisher` gives 0.

    Raises:
        KeyError: if a name in `fisher` is missing in `parameters` or `anchor`.

    Source: Kirkpatrick et al. 2017, equation 3.
    """
    raise NotImplementedError("week 17, forgetting: write ewc_penalty")


class ReservoirBuffer:
    """Keep a fair sample of a stream whose length nobody knows.

    Each item seen so far is kept with the same probability.

    Attributes:
        items: the kept items, in any order; a list of at most `capacity`.
        seen: how many items the stream has brought so far.
    """

    def __init__(self, capacity: int, seed: int = 0):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.items: list[Any] = []
        self.seen = 0
        self._random = random.Random(seed)

    def extend(self, stream: list[Any]) -> None:
        """Take the items of `stream` one by one.

        While there is room, an item is kept. After that the n-th item of all replaces a kept one, chosen uniformly,
        with probability capacity / n, and is dropped otherwise. Items are neither looked at nor copied; equal items
        are different items. All randomness comes from the buffer's `seed`: the same seed and stream give the same
        items, however the stream is cut into calls.

        Source: Vitter 1985, "Random Sampling with a Reservoir", algorithm R.
        """
        raise NotImplementedError("week 17, forgetting: write ReservoirBuffer.extend")

    def sample(self, count: int) -> list[Any]:
        """Return `count` of the kept items, for a replay batch.

        They are drawn uniformly, without replacement, and the buffer keeps them.

        Raises:
            ValueError: if there are fewer than `count`.
        """
        raise NotImplementedError("week 17, forgetting: write ReservoirBuffer.sample")

# Week 03, exercise mlp: A network, and the loop that trains it
# Difficulty 2 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: nn.Module and nn.Linear; cross-entropy (week 01).
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 03, mlp: a network of layers, and the loop that trains it."""

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}
"""What may stand between two layers. (Given.)"""
Batch = tuple[Float[Tensor, "n inputs"], Int[Tensor, " n"]]


class MLP(nn.Module):
    """Layers of numbers: `sizes` says how many go in, how many each hidden layer has, and how many come out.

    `layers` is an nn.ModuleList of nn.Linear, one for each pair of neighbouring sizes.
    An activation follows every layer but the last: what comes out are logits.
    The weights begin as normal numbers with mean 0 and variance 2 / inputs of their layer, the biases as 0.

    Source: He et al. 2015, "Delving Deep into Rectifiers", equation 10 (the variance).
    """

    def __init__(self, sizes: Sequence[int], activation: str = "relu", generator: torch.Generator | None = None):
        """Make the layers.

        If a generator is given, the first weights depend on it alone.

        Raises:
            ValueError: there are fewer than two sizes, a size is below 1, or the activation is not in `ACTIVATIONS`.
        """
        raise NotImplementedError("week 03, mlp: write MLP.__init__")

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return the logits."""
        raise NotImplementedError("week 03, mlp: write MLP.forward")


class SimpleNN(MLP):
    """The network of many a first lesson: one hidden layer, with ReLU."""

    def __init__(self, inputs: int, hidden: int, outputs: int, generator: torch.Generator | None = None):
        """Make an MLP of three sizes."""
        raise NotImplementedError("week 03, mlp: write SimpleNN.__init__")


def train(model: nn.Module, batches: Iterable[Batch], optimizer: torch.optim.Optimizer) -> float:
    """Train on every batch once; return the mean loss of all examples, a float.

    A batch is (inputs, classes). For each one the loss is the mean cross-entropy of its examples, and the optimizer
    takes one step along the gradients of this batch alone, whatever was in them before.
    The losses are those before each step. A larger batch weighs more in their mean: every example counts the same.
    The model is in training mode meanwhile, and then in the mode that it was in, even if there were no batches.
    `batches` is read once, in its order.

    Raises:
        ValueError: there are no batches.
    """
    raise NotImplementedError("week 03, mlp: write train")


def accuracy(model: nn.Module, batches: Iterable[Batch]) -> float:
    """Return the share of examples whose largest logit is that of their class, a float.

    The model is in evaluation mode meanwhile, and then in the mode that it was in, even if there were no batches. No
    graph is built, and no gradient changes.

    Raises:
        ValueError: there are no batches.
    """
    raise NotImplementedError("week 03, mlp: write accuracy")

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
        # BEGIN SOLUTION
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be two numbers or more, each at least 1, not {list(sizes)}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"{activation} is none of {sorted(ACTIVATIONS)}")
        self.activation = activation
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:], strict=False))
        with torch.no_grad():
            for layer in self.layers:
                # Each sum of `inputs` products keeps its size through ReLU, which lets half of it pass.
                layer.weight.normal_(0, (2 / layer.in_features) ** 0.5, generator=generator)
                layer.bias.zero_()
        # END SOLUTION

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return the logits."""
        # BEGIN SOLUTION
        *hidden, last = self.layers
        for layer in hidden:
            x = ACTIVATIONS[self.activation](layer(x))
        return last(x)
        # END SOLUTION


class SimpleNN(MLP):
    """The network of many a first lesson: one hidden layer, with ReLU."""

    def __init__(self, inputs: int, hidden: int, outputs: int, generator: torch.Generator | None = None):
        """Make an MLP of three sizes."""
        # BEGIN SOLUTION
        super().__init__([inputs, hidden, outputs], generator=generator)
        # END SOLUTION


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
    # BEGIN SOLUTION
    was_training = model.training
    model.train()
    total, examples = 0.0, 0
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)  # item: the number, without the graph that made it
        examples += len(y)
    model.train(was_training)
    if examples == 0:
        raise ValueError("there are no batches to train on")
    return total / examples
    # END SOLUTION


def accuracy(model: nn.Module, batches: Iterable[Batch]) -> float:
    """Return the share of examples whose largest logit is that of their class, a float.

    The model is in evaluation mode meanwhile, and then in the mode that it was in, even if there were no batches. No
    graph is built, and no gradient changes.

    Raises:
        ValueError: there are no batches.
    """
    # BEGIN SOLUTION
    was_training = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for x, y in batches:
            right += int((model(x).argmax(dim=-1) == y).sum())
            count += len(y)
    model.train(was_training)
    if count == 0:
        raise ValueError("there are no batches to measure on")
    return right / count
    # END SOLUTION

# Week 03, exercise debug_tower: Find the bug: a tower that does not grow
# Find the bug · difficulty 2 of 5 · importance 5 of 5 · about 15 minutes
# It builds on: nn.Module, `parameters()`, `state_dict()`.
# What a user reports: Training works and the loss falls, but a tower of eight storeys learns no better than a tower of
# one. And whoever saves the trained model and loads it into a new one gets other answers. There is no error message.
"""Week 03, debug_tower: a deep classifier that is trained by plain gradient descent.

Each storey adds a correction to what comes from below; the last layer turns the result into scores.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class Tower(nn.Module):
    """A classifier of `depth` storeys, each as wide as the input.

    A storey is a linear layer; its output is x + tanh(storey(x)). With depth 0 the input goes straight to the scores.
    """

    def __init__(self, width: int, depth: int, classes: int, seed: int = 0):
        """Make the storeys, whose weights follow from the seed, and the last layer, whose weights begin as 0."""
        super().__init__()
        storeys = [nn.Linear(width, width) for _ in range(depth)]
        source = torch.Generator().manual_seed(seed)
        for storey in storeys:
            nn.init.normal_(storey.weight, std=width**-0.5, generator=source)
            nn.init.zeros_(storey.bias)
        self.storeys = storeys
        self.scores = nn.Linear(width, classes)
        nn.init.zeros_(self.scores.weight)
        nn.init.zeros_(self.scores.bias)

    def forward(self, x: Float[Tensor, "n width"]) -> Float[Tensor, "n classes"]:
        """Return a score for each class."""
        for storey in self.storeys:
            x = x + torch.tanh(storey(x))
        return self.scores(x)

    def fit(self, x: Float[Tensor, "n width"], y: Int[Tensor, " n"], rate: float, steps: int) -> list[float]:
        """Make `steps` steps of gradient descent; return the loss before each of them."""
        losses = []
        for _ in range(steps):
            loss = F.cross_entropy(self(x), y)
            losses.append(loss.item())
            trained = list(self.parameters())
            slopes = torch.autograd.grad(loss, trained)
            with torch.no_grad():
                for parameter, slope in zip(trained, slopes, strict=True):
                    parameter -= rate * slope
        return losses

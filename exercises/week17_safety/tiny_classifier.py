"""A classifier that is small enough to look at every gradient of it.

Given: you import it, you do not write it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TinyClassifier(nn.Module):
    """Two linear layers with tanh between them, seeded, in float64."""

    def __init__(self, features: int = 3, hidden: int = 5, classes: int = 7, seed: int = 0, spare: bool = False):
        super().__init__()
        self.inner = nn.Linear(features, hidden, dtype=torch.float64)
        self.outer = nn.Linear(hidden, classes, dtype=torch.float64)
        if spare:  # a parameter that takes no part, as a head for another task
            self.spare = nn.Parameter(torch.zeros(classes, dtype=torch.float64))
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))

    def forward(self, x: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]:
        return self.outer(self.inner(x).tanh())


class Penalised(nn.Module):
    """A penalty on parameters, as a module: all that goes into it can be asked for its gradient afterwards."""

    def __init__(self, penalty: Callable, now: dict[str, Tensor], anchor: dict[str, Tensor], fisher: dict[str, Tensor]):
        super().__init__()
        self.penalty = penalty
        self.now = nn.ParameterDict({name: value.clone() for name, value in now.items()})
        self.anchor = nn.ParameterDict({name: value.clone() for name, value in anchor.items()})
        self.fisher = nn.ParameterDict({name: value.clone() for name, value in fisher.items()})

    def forward(self, strength: float) -> Float[Tensor, ""]:
        return self.penalty(dict(self.now), dict(self.anchor), dict(self.fisher), strength)

"""Another repair: every storey is registered under a name of its own."""

import torch
from debug_tower import Tower as Given
from torch import nn


class Tower(Given):
    def __init__(self, width, depth, classes):
        super().__init__(width, 0, classes)
        self.depth = depth
        for number in range(depth):
            self.add_module(f"storey{number}", nn.Linear(width, width))

    def forward(self, x):
        for number in range(self.depth):
            x = x + torch.tanh(getattr(self, f"storey{number}")(x))
        return self.scores(x)

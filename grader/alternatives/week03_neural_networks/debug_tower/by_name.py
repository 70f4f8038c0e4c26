"""Another repair: every storey is registered under a name of its own."""

import torch
from debug_tower import Tower as Given


class Tower(Given):
    def __init__(self, width, depth, classes, seed=0):
        super().__init__(width, depth, classes, seed)
        self.depth, storeys = depth, list(self.storeys)
        del self.storeys
        for number in range(depth):
            self.add_module(f"storey{number}", storeys[number])

    def forward(self, x):
        for number in range(self.depth):
            x = x + torch.tanh(getattr(self, f"storey{number}")(x))
        return self.scores(x)

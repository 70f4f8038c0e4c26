"""Nothing is kept but the base: the frequencies are computed in every call, in float64."""

import debug_rotary as given
import torch
from torch import nn


class RotaryAttention(nn.Module):
    def __init__(self, d_model, base=10000.0):
        super().__init__()
        self.base = base
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))

    @property
    def frequencies(self):
        width = self.W_q.in_features
        return self.base ** -(torch.arange(0, width, 2, dtype=torch.float64) / width)

    turned = given.RotaryAttention.turned
    forward = given.RotaryAttention.forward

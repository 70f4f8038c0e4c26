"""Activations from their formulas, matrix products instead of layers' calls, widths by a remainder."""

import math

import torch
from torch import nn


def gated_width(d_model, multiple_of=256):
    if min(d_model, multiple_of) < 1:
        raise ValueError("widths start at 1")
    width = int(2 * (4 * d_model) / 3)
    rest = width % multiple_of
    return width if rest == 0 else width + multiple_of - rest


def gelu_exact(x):
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


ACTIVATIONS = {"relu": lambda x: x.clamp(min=0), "gelu": gelu_exact, "gelu_tanh": gelu_tanh}


class FeedForward(nn.Module):
    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation}")
        self.activation = ACTIVATIONS[activation]
        self.W_in = nn.Linear(d_model, hidden or 4 * d_model, bias)
        self.W_out = nn.Linear(hidden or 4 * d_model, d_model, bias)

    def forward(self, x):
        return self.W_out(self.activation(self.W_in(x)))


class SwiGLU(nn.Module):
    def __init__(self, d_model, hidden):
        super().__init__()
        self.W_gate, self.W_up = (nn.Linear(d_model, hidden, bias=False) for _ in range(2))
        self.W_down = nn.Linear(hidden, d_model, bias=False)

    def forward(self, x):
        z = x @ self.W_gate.weight.mT
        return (z / (1 + torch.exp(-z)) * (x @ self.W_up.weight.mT)) @ self.W_down.weight.mT

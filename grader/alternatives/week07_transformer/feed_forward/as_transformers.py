"""As transformers and Meta's code do it: a table of modules, and one line."""

import torch.nn.functional as F
from torch import nn


def gated_width(d_model, multiple_of=256):
    if d_model < 1 or multiple_of < 1:
        raise ValueError("d_model and multiple_of must be at least 1")
    hidden_dim = int(2 * 4 * d_model / 3)
    return multiple_of * ((hidden_dim + multiple_of - 1) // multiple_of)


class FeedForward(nn.Module):
    def __init__(self, d_model, hidden=None, activation="gelu", bias=True):
        super().__init__()
        modules = {"relu": nn.ReLU(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU(approximate="tanh")}
        if activation not in modules:
            raise ValueError(f"{activation} is not one of {sorted(modules)}")
        hidden = d_model * 4 if hidden is None else hidden
        self.W_in = nn.Linear(d_model, hidden, bias=bias)
        self.act = modules[activation]
        self.W_out = nn.Linear(hidden, d_model, bias=bias)

    def forward(self, hidden_states):
        hidden_states = self.W_in(hidden_states)
        hidden_states = self.act(hidden_states)
        return self.W_out(hidden_states)


class SwiGLU(nn.Module):
    def __init__(self, d_model, hidden):
        super().__init__()
        self.W_gate = nn.Linear(d_model, hidden, bias=False)
        self.W_up = nn.Linear(d_model, hidden, bias=False)
        self.W_down = nn.Linear(hidden, d_model, bias=False)

    def forward(self, x):
        return self.W_down(F.silu(self.W_gate(x)) * self.W_up(x))

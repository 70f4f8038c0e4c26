"""One function for the norm and the residual connection, whatever the branch; relu of erf written out."""

import math

import torch
from parts import Attention
from torch import nn


class Layer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, norm, attentions, norms):
        super().__init__()
        if norm not in {"pre", "post"}:
            raise ValueError("norm must be pre or post")
        self.prenorm = norm == "pre"
        for name in attentions:
            setattr(self, name, Attention(d_model, num_heads))
        for number in range(1, norms + 1):
            setattr(self, f"norm{number}", nn.LayerNorm(d_model))
        self.W_in = nn.Linear(d_model, hidden)
        self.W_out = nn.Linear(hidden, d_model)

    def connect(self, x, norm, branch):
        return x + branch(norm(x)) if self.prenorm else norm(x + branch(x))

    def mlp(self, x):
        h = self.W_in(x)
        return self.W_out(h * (1 + torch.erf(h / math.sqrt(2))) / 2)


class EncoderLayer(Layer):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__(d_model, num_heads, hidden, norm, ["attention"], 2)

    def forward(self, x, mask=None):
        x = self.connect(x, self.norm1, lambda y: self.attention(y, y, mask))
        return self.connect(x, self.norm2, self.mlp)


class DecoderLayer(Layer):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__(d_model, num_heads, hidden, norm, ["self_attention", "cross_attention"], 3)

    def forward(self, x, memory, mask=None, memory_mask=None):
        positions = torch.arange(x.size(1), device=x.device)
        causal = positions[None, :] <= positions[:, None]
        if mask is not None:
            causal = torch.logical_and(causal, mask)
        x = self.connect(x, self.norm1, lambda y: self.self_attention(y, y, causal))
        x = self.connect(x, self.norm2, lambda y: self.cross_attention(y, memory, memory_mask))
        return self.connect(x, self.norm3, self.mlp)

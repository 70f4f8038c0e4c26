"""As torch's own layers are written: private methods for the blocks, one `if norm_first`."""

import torch
import torch.nn.functional as F
from parts import Attention
from torch import nn


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__()
        if norm != "pre" and norm != "post":
            raise ValueError(norm)
        self.norm_first = norm == "pre"
        self.attention = Attention(d_model, num_heads)
        self.W_in = nn.Linear(d_model, hidden)
        self.W_out = nn.Linear(hidden, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)

    def forward(self, src, mask=None):
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), mask)
            x = x + self._ff_block(self.norm2(x))
        else:
            x = self.norm1(x + self._sa_block(x, mask))
            x = self.norm2(x + self._ff_block(x))
        return x

    def _sa_block(self, x, mask):
        return self.attention(x, x, mask)

    def _ff_block(self, x):
        return self.W_out(F.gelu(self.W_in(x)))


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, norm="pre"):
        super().__init__()
        if norm != "pre" and norm != "post":
            raise ValueError(norm)
        self.norm_first = norm == "pre"
        self.self_attention = Attention(d_model, num_heads)
        self.cross_attention = Attention(d_model, num_heads)
        self.W_in = nn.Linear(d_model, hidden)
        self.W_out = nn.Linear(hidden, d_model)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(d_model), nn.LayerNorm(d_model), nn.LayerNorm(d_model)

    def forward(self, x, memory, mask=None, memory_mask=None):
        n = x.shape[1]
        hidden = torch.triu(torch.ones(n, n, dtype=torch.bool, device=x.device), diagonal=1)
        if mask is not None:
            hidden = hidden | ~mask
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.self_attention(y, y, ~hidden)
            x = x + self.cross_attention(self.norm2(x), memory, memory_mask)
            x = x + self.W_out(F.gelu(self.W_in(self.norm3(x))))
        else:
            x = self.norm1(x + self.self_attention(x, x, ~hidden))
            x = self.norm2(x + self.cross_attention(x, memory, memory_mask))
            x = self.norm3(x + self.W_out(F.gelu(self.W_in(x))))
        return x

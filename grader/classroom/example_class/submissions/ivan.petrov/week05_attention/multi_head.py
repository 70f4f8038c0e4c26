"""One head after the other, each on its own slice of the features; the outputs are concatenated."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads if num_kv_heads is not None else num_heads
        if min(self.num_heads, self.num_kv_heads) < 1:
            raise ValueError("head counts start at 1")
        if d_model % self.num_heads or self.num_heads % self.num_kv_heads:
            raise ValueError("head counts must divide")
        self.d_head = d_model // num_heads
        self.W_q = nn.Linear(d_model, self.d_head * self.num_heads, bias=bias)
        self.W_k = nn.Linear(d_model, self.d_head * self.num_kv_heads, bias=bias)
        self.W_v = nn.Linear(d_model, self.d_head * self.num_kv_heads, bias=bias)
        self.W_o = nn.Linear(self.d_head * self.num_heads, d_model, bias=bias)

    def forward(self, query, key, value, mask=None):
        queries = self.W_q(query).split(self.d_head, dim=-1)
        keys = self.W_k(key).split(self.d_head, dim=-1)
        values = self.W_v(value).split(self.d_head, dim=-1)
        outputs, weights = [], []
        for head, q in enumerate(queries):
            shared = head * self.num_kv_heads // self.num_heads
            scores = torch.bmm(q, keys[shared].transpose(1, 2)) / math.sqrt(self.d_head)
            if mask is None:
                w = F.softmax(scores, dim=2)
            else:
                seen = mask.expand_as(scores)
                w = F.softmax(scores.masked_fill(seen.logical_not(), float("-inf")), dim=2)
                w = w.masked_fill(~seen.any(dim=2, keepdim=True), 0)
            outputs.append(torch.bmm(w, values[shared]))
            weights.append(w)
        return self.W_o(torch.cat(outputs, dim=-1)), torch.stack(weights, dim=1)

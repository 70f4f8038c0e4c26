"""No head is repeated: the queries get an axis for the group, and einsum shares the key-value heads over it."""

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        if num_kv_heads is None:
            num_kv_heads = num_heads
        for whole, part in ((d_model, num_heads), (num_heads, num_kv_heads)):
            if part <= 0 or whole % part != 0:
                raise ValueError(f"{part} does not divide {whole}")
        self.group, self.kv_heads, self.head_dim = num_heads // num_kv_heads, num_kv_heads, d_model // num_heads
        self.W_o = nn.Linear(d_model, d_model, bias)
        self.W_v = nn.Linear(d_model, self.kv_heads * self.head_dim, bias)
        self.W_k = nn.Linear(d_model, self.kv_heads * self.head_dim, bias)
        self.W_q = nn.Linear(d_model, d_model, bias)

    def forward(self, query, key, value, mask=None):
        q = self.W_q(query).reshape(*query.shape[:2], self.kv_heads, self.group, self.head_dim)
        k = self.W_k(key).reshape(*key.shape[:2], self.kv_heads, self.head_dim)
        v = self.W_v(value).reshape(*value.shape[:2], self.kv_heads, self.head_dim)
        scores = torch.einsum("bqhgd,bkhd->bhgqk", q * self.head_dim**-0.5, k)
        if mask is not None:
            mask = mask.broadcast_to(len(query), query.shape[1], key.shape[1])[:, None, None]
            scores = torch.where(mask, scores, -1e30)
        weights = scores.softmax(-1)
        if mask is not None:
            weights = torch.where(mask, weights, 0.0)
        heads = torch.einsum("bhgqk,bkhd->bqhgd", weights, v)
        return self.W_o(heads.flatten(2)), weights.flatten(1, 2)

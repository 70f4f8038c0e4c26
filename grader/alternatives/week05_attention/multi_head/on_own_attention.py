"""Built on the learner's own attention: an axis for the group makes the key-value heads broadcast over it."""

from attention import scaled_dot_product_attention
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        if min(num_heads, kv_heads) < 1 or d_model % num_heads or num_heads % kv_heads:
            raise ValueError("head counts start at 1 and divide")
        self.heads, self.kv_heads, self.width = num_heads, kv_heads, d_model // num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=bias)
        self.W_k = nn.Linear(d_model, kv_heads * self.width, bias=bias)
        self.W_v = nn.Linear(d_model, kv_heads * self.width, bias=bias)
        self.W_o = nn.Linear(d_model, d_model, bias=bias)

    def grouped(self, x):
        """(batch, length, features) to (batch, kv_heads, group, length, width)."""
        return x.unflatten(-1, (self.kv_heads, -1, self.width)).movedim(1, 3)

    def forward(self, query, key, value, mask=None):
        q, k, v = self.grouped(self.W_q(query)), self.grouped(self.W_k(key)), self.grouped(self.W_v(value))
        group = self.heads // self.kv_heads
        k, v = (x.expand(-1, -1, group, -1, -1) for x in (k, v))
        if mask is not None and mask.dim() == 3:
            mask = mask[:, None, None]
        output, weights = scaled_dot_product_attention(q, k, v, mask)
        return self.W_o(output.movedim(3, 1).flatten(2)), weights.flatten(1, 2)

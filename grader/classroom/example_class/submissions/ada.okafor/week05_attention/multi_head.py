"""Week 05, multi_head: several attentions side by side, with projections around them.

The module brings its own attention and knows nothing about positions, caches or dropout: it has no random part.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Project to heads, attend in each head by itself, join the heads, project back.

    Query head h owns the h-th block of head_dim = d_model / num_heads features of `W_q(query)`.
    Grouped queries: key-value head g serves a block of num_heads / num_kv_heads consecutive query heads, so that with
    4 query heads and 2 key-value heads, the query heads 0 and 1 read key-value head 0, and 2 and 3 read head 1.
    num_kv_heads = num_heads is ordinary multi-head attention, num_kv_heads = 1 is multi-query attention.

    Args:
        num_kv_heads: None: as many as num_heads.
        bias: whether all four projections have a bias.

    Attributes:
        W_q, W_o: nn.Linear from d_model to d_model.
        W_k, W_v: nn.Linear from d_model to num_kv_heads * head_dim.

    Raises:
        ValueError: a head count is below 1, num_heads does not divide d_model, or num_kv_heads does not divide
            num_heads.

    Source: Vaswani et al. 2017, section 3.2.2; Ainslie et al. 2023, "GQA", section 2.2.
    """

    def __init__(self, d_model: int, num_heads: int, num_kv_heads: int | None = None, bias: bool = True):
        """Check the head counts and make the four projections."""
        super().__init__()
        # BEGIN SOLUTION
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"num_heads={num_heads} must be at least 1 and divide d_model={d_model}")
        if num_kv_heads < 1 or num_heads % num_kv_heads:
            raise ValueError(f"num_kv_heads={num_kv_heads} must be at least 1 and divide num_heads={num_heads}")
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        head_dim = d_model // num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=bias)
        self.W_k = nn.Linear(d_model, num_kv_heads * head_dim, bias=bias)
        self.W_v = nn.Linear(d_model, num_kv_heads * head_dim, bias=bias)
        self.W_o = nn.Linear(d_model, d_model, bias=bias)
        # END SOLUTION

    def forward(
        self,
        query: Float[Tensor, "batch queries d_model"],
        key: Float[Tensor, "batch keys d_model"],
        value: Float[Tensor, "batch keys d_model"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[Float[Tensor, "batch queries d_model"], Float[Tensor, "batch num_heads queries keys"]]:
        """Attend from `query` to `key` and `value` in every head.

        Self-attention passes the same tensor three times; cross-attention passes another one as key and value.
        Each head divides its scores by sqrt(head_dim). A query that may attend to nothing has weights 0 in every
        head, so its output is the bias of `W_o`. No argument is changed in place.

        Args:
            mask: Boolean with two or three axes, broadcasts to (batch, queries, keys); True: may attend.
                Every head uses the same mask. None: hide nothing.

        Returns:
            The tuple (output, weights); the weights are those of each query head, not averaged.
        """
        # BEGIN SOLUTION
        q = split_heads(self.W_q(query), self.num_heads)  # (batch, num_heads, queries, head_dim)
        k = split_heads(self.W_k(key), self.num_kv_heads)  # (batch, num_kv_heads, keys, head_dim)
        v = split_heads(self.W_v(value), self.num_kv_heads)
        group = self.num_heads // self.num_kv_heads
        # Consecutive query heads share a key-value head, hence repeat_interleave (0 0 1 1), not repeat (0 1 0 1).
        k, v = (x.repeat_interleave(group, dim=1) for x in (k, v))  # (batch, num_heads, keys, head_dim)

        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (batch, num_heads, queries, keys)
        if mask is not None:
            hidden = ~mask.unsqueeze(-3)  # a new axis for the heads, else a batch axis would be taken for it
            scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1)
        if mask is not None:
            weights = weights.masked_fill(hidden, 0.0)

        heads = weights @ v  # (batch, num_heads, queries, head_dim)
        return self.W_o(heads.transpose(1, 2).flatten(-2)), weights
        # END SOLUTION


# BEGIN SOLUTION
def split_heads(
    x: Float[Tensor, "batch length features"], num_heads: int
) -> Float[Tensor, "batch num_heads length head_dim"]:
    """Give each head its own block of features, and move the heads in front of the positions."""
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)


# END SOLUTION

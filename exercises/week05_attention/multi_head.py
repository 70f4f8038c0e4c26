# Week 05, exercise multi_head: Multi-head and grouped-query attention
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Scaled dot-product attention, nn.Module, reshaping a tensor without mixing its entries.
# Write it by hand: torch.nn.functional.scaled_dot_product_attention, torch.nn.functional.multi_head_attention_forward,
# torch.nn.MultiheadAttention may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
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
        raise NotImplementedError("week 05, multi_head: write MultiHeadAttention.__init__")

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
        raise NotImplementedError("week 05, multi_head: write MultiHeadAttention.forward")

"""Given: the multi-head attention that blocks, gpt and bert are built with. It is that of week 05, without its weights."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention from `query` to `memory`; self-attention passes the same tensor twice.

    Attributes:
        W_q, W_k, W_v, W_o: nn.Linear from d_model to d_model, with a bias.
    """

    def __init__(self, d_model: int, num_heads: int):
        """Make the four projections."""
        super().__init__()
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"num_heads={num_heads} must be at least 1 and divide d_model={d_model}")
        self.num_heads = num_heads
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model) for _ in range(4))

    def forward(
        self,
        query: Float[Tensor, "batch queries d_model"],
        memory: Float[Tensor, "batch keys d_model"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch queries d_model"]:
        """Attend in every head; keys and values are both read from `memory`.

        Args:
            mask: Boolean with two or three axes, broadcasts to (batch, queries, keys); True: may attend. A query that
                may attend to nothing gets the bias of W_o.
        """
        q, k, v = (
            project(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)  # (batch, num_heads, length, head_dim)
            for project, x in ((self.W_q, query), (self.W_k, memory), (self.W_v, memory))
        )
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        if mask is not None:
            hidden = ~mask.unsqueeze(-3)
            scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1)
        if mask is not None:
            weights = weights.masked_fill(hidden, 0.0)
        return self.W_o((weights @ v).transpose(1, 2).flatten(-2))

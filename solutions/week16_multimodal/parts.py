"""Given: multi-head attention as week 05 built it. You write nothing here."""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention from `query` to `memory`; self-attention passes the same tensor twice.

    Attributes:
        W_q, W_o: nn.Linear from d_model to d_model, with a bias.
        W_k, W_v: nn.Linear from d_memory to d_model, with a bias.
    """

    def __init__(self, d_model: int, num_heads: int, d_memory: int | None = None):
        """Make the four projections; None: `memory` is as wide as `query`."""
        super().__init__()
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"num_heads={num_heads} must be at least 1 and divide d_model={d_model}")
        self.num_heads = num_heads
        d_memory = d_model if d_memory is None else d_memory
        self.W_q, self.W_o = (nn.Linear(d_model, d_model) for _ in range(2))
        self.W_k, self.W_v = (nn.Linear(d_memory, d_model) for _ in range(2))

    def forward(
        self,
        query: Float[Tensor, "batch queries d_model"],
        memory: Float[Tensor, "batch keys d_memory"],
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
        read = F.scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(-3))
        return self.W_o(read.transpose(1, 2).flatten(-2))

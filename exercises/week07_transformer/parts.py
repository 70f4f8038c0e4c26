"""Given: what weeks 05 and 06 built and this week builds with: attention, rotary positions, a key-value cache."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
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
        read = F.scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(-3))
        return self.W_o(read.transpose(1, 2).flatten(-2))


class KeyValueCache:
    """The keys and values of all tokens that a model has read, one pair of tensors a layer, None before the first."""

    def __init__(self, layers: int):
        """Begin with nothing."""
        self.keys: list[Tensor | None] = [None] * layers
        self.values: list[Tensor | None] = [None] * layers

    def length(self, layer: int) -> int:
        """Return how many tokens a layer has cached."""
        keys = self.keys[layer]
        return 0 if keys is None else keys.shape[-2]

    def append(
        self, layer: int, keys: Float[Tensor, "*heads new head_dim"], values: Float[Tensor, "*heads new head_dim"]
    ) -> tuple[Float[Tensor, "*heads all head_dim"], Float[Tensor, "*heads all head_dim"]]:
        """Add the keys and values of new tokens at the end, along the second last axis; return those of all tokens."""
        if self.keys[layer] is not None:
            keys = torch.cat([self.keys[layer], keys], dim=-2)
            values = torch.cat([self.values[layer], values], dim=-2)
        self.keys[layer], self.values[layer] = keys, values
        return keys, values


def rotary(
    x: Float[Tensor, "*batch length head_dim"], positions: Int[Tensor, " length"], base: float
) -> Float[Tensor, "*batch length head_dim"]:
    """Turn each pair of features j and j + head_dim/2 by its position times base^(-2j/head_dim): RoPE as in week 06."""
    half = x.shape[-1] // 2
    frequencies = base ** (-torch.arange(half, device=x.device, dtype=torch.float64) / half)
    angles = positions.to(torch.float64).unsqueeze(-1) * frequencies  # (length, head_dim / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)

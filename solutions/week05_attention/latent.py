"""Week 05, latent: attention whose cache holds one short vector a token, for all the heads together.

DeepSeek calls it multi-head latent attention (MLA). Left out: the compression of the queries, which saves memory in
training and none in the cache, and the norm of the latent vector. Rotary positions are week 06's subject: here
`rotate` is given, and it is complete.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

LatentCache = tuple[Float[Tensor, "batch past latent_dim"], Float[Tensor, "batch past rotary_dim"]]


def rotate(
    x: Float[Tensor, "*batch length dim"], positions: Int[Tensor, " length"]
) -> Float[Tensor, "*batch length dim"]:
    """Turn each pair of neighbouring features by an angle that grows with the position: given, nothing to write.

    The product of two turned vectors depends on how far apart they stand, and not on where.
    The last but one axis of x is that of the positions; dim is even.
    """
    rates = 10000.0 ** -(torch.arange(0, x.shape[-1], 2, dtype=x.dtype, device=x.device) / x.shape[-1])
    angles = positions.to(x.dtype).unsqueeze(-1) * rates  # (length, dim / 2)
    even, odd = x[..., 0::2], x[..., 1::2]
    pairs = even * angles.cos() - odd * angles.sin(), even * angles.sin() + odd * angles.cos()
    return torch.stack(pairs, dim=-1).flatten(-2)


class LatentAttention(nn.Module):
    """Causal self-attention whose heads all read their keys and values from one latent vector a token.

    A token with features x has two things that all heads share: the latent vector c = W_dkv(x), and the rotary key
    r = W_kr(x), rotated to the token's position.
    Head h has the key (block h of W_uk(c), then r), and the value block h of W_uv(c).
    Its query is (block h of W_q(x), then block h of W_qr(x), rotated): what is rotated never goes through c.
    Block h is the h-th of num_heads equal blocks of neighbouring features.
    A score is the product of query and key divided by sqrt(head_dim + rotary_dim), the root of a whole query's width.
    Each token attends to itself and to the tokens before it; W_o gets the outputs of the heads, that of head 0 first.

    The cache is the tuple (c, r) of all the tokens read so far: latent_dim + rotary_dim numbers a token, however many
    heads there are. r is cached rotated. The layer itself remembers nothing between calls.

    Attributes:
        W_q, W_qr: nn.Linear from d_model to num_heads * head_dim, and to num_heads * rotary_dim.
        W_dkv, W_kr: nn.Linear from d_model to latent_dim, and to rotary_dim.
        W_uk, W_uv: nn.Linear from latent_dim to num_heads * head_dim.
        W_o: nn.Linear from num_heads * head_dim to d_model. None of the seven has a bias, and the layer has no other
            parameters or buffers.

    Raises:
        ValueError: a size is below 1, or rotary_dim is odd.

    Source: DeepSeek-AI 2024, "DeepSeek-V2", sections 2.1.2 and 2.1.3, equations 9 to 19.
    """

    def __init__(self, d_model: int, num_heads: int, head_dim: int, latent_dim: int, rotary_dim: int):
        """Check the sizes and make the seven projections."""
        super().__init__()
        # BEGIN SOLUTION
        if min(d_model, num_heads, head_dim, latent_dim, rotary_dim) < 1:
            raise ValueError("every size must be at least 1")
        if rotary_dim % 2:
            raise ValueError(f"rotary_dim={rotary_dim} must be even: its features are turned in pairs")
        self.num_heads, self.scale = num_heads, 1 / math.sqrt(head_dim + rotary_dim)
        self.W_q = nn.Linear(d_model, num_heads * head_dim, bias=False)
        self.W_qr = nn.Linear(d_model, num_heads * rotary_dim, bias=False)
        self.W_dkv = nn.Linear(d_model, latent_dim, bias=False)
        self.W_kr = nn.Linear(d_model, rotary_dim, bias=False)
        self.W_uk = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_uv = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_o = nn.Linear(num_heads * head_dim, d_model, bias=False)
        # END SOLUTION

    def forward(
        self, x: Float[Tensor, "batch new d_model"], cache: LatentCache | None = None
    ) -> tuple[Float[Tensor, "batch new d_model"], LatentCache]:
        """Read new tokens: return the output of each, and the cache for the next call.

        The new tokens stand behind those of the cache: with `past` cached tokens, their positions begin at past.
        However a text is cut into calls, its outputs are the same.
        No argument is changed in place, so two texts may go on from one cache.

        Args:
            cache: None: nothing was read before.

        Returns:
            The tuple (output, cache); in the cache the new tokens stand behind the old ones.
        """
        # BEGIN SOLUTION
        q, q_rotary, latent, k_rotary = read(self, x, cache)
        k = split_heads(self.W_uk(latent), self.num_heads)  # (batch, num_heads, keys, head_dim)
        v = split_heads(self.W_uv(latent), self.num_heads)
        # A product of joined vectors is the sum of the products of their parts. The new axis is that of the heads.
        scores = q @ k.mT + q_rotary @ k_rotary.unsqueeze(1).mT  # (batch, num_heads, new, keys)
        heads = causal_softmax(scores * self.scale) @ v
        return self.W_o(heads.transpose(1, 2).flatten(-2)), (latent, k_rotary)
        # END SOLUTION

    def absorbed(
        self, x: Float[Tensor, "batch new d_model"], cache: LatentCache | None = None
    ) -> tuple[Float[Tensor, "batch new d_model"], LatentCache]:
        """Return what `forward` returns, in the form for one new token and a long cache.

        Output and cache are those of `forward`, for any number of new tokens; scores are divided by the same number.
        No key and no value of a single head is ever made: W_uk moves to the side of the query, for
        q · (W_uk c) = (W_ukᵀ q) · c, and W_uv goes behind the weighted sum of the latent vectors.
        """
        # BEGIN SOLUTION
        q, q_rotary, latent, k_rotary = read(self, x, cache)
        w_uk = self.W_uk.weight.unflatten(0, (self.num_heads, -1))  # (num_heads, head_dim, latent_dim)
        w_uv = self.W_uv.weight.unflatten(0, (self.num_heads, -1))
        q_latent = q @ w_uk  # (batch, num_heads, new, latent_dim)
        # All heads ask the same keys. Side by side they are one matrix, and nothing is copied for each head.
        asking = torch.cat([q_latent, q_rotary], dim=-1).flatten(1, 2)  # (batch, num_heads * new, latent + rotary)
        scores = asking @ torch.cat([latent, k_rotary], dim=-1).mT
        weights = causal_softmax(scores.unflatten(1, (self.num_heads, -1)) * self.scale)
        mixed = (weights.flatten(1, 2) @ latent).unflatten(1, (self.num_heads, -1))  # (batch, num_heads, new, latent)
        heads = mixed @ w_uv.mT  # (batch, num_heads, new, head_dim)
        return self.W_o(heads.transpose(1, 2).flatten(-2)), (latent, k_rotary)
        # END SOLUTION


# BEGIN SOLUTION
def read(layer: LatentAttention, x: Tensor, cache: LatentCache | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return both parts of the new queries, head by head, and the shared parts of all keys, old and new."""
    past = 0 if cache is None else cache[0].shape[1]
    positions = torch.arange(past, past + x.shape[1], device=x.device)
    q = split_heads(layer.W_q(x), layer.num_heads)  # (batch, num_heads, new, head_dim)
    q_rotary = rotate(split_heads(layer.W_qr(x), layer.num_heads), positions)  # (batch, num_heads, new, rotary_dim)
    latent, k_rotary = layer.W_dkv(x), rotate(layer.W_kr(x), positions)
    if cache is not None:
        # The old rotary keys are turned already, each to a position that never changes.
        latent, k_rotary = torch.cat([cache[0], latent], dim=1), torch.cat([cache[1], k_rotary], dim=1)
    return q, q_rotary, latent, k_rotary


def split_heads(
    x: Float[Tensor, "batch length features"], num_heads: int
) -> Float[Tensor, "batch num_heads length head_dim"]:
    """Give each head its own block of features, and move the heads in front of the positions."""
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)


def causal_softmax(scores: Float[Tensor, "batch num_heads new keys"]) -> Float[Tensor, "batch num_heads new keys"]:
    """Hide the keys behind each query, the last query standing at the last key, and make the rest sum to 1."""
    new, keys = scores.shape[-2:]
    hidden = torch.ones(new, keys, dtype=torch.bool, device=scores.device).triu(keys - new + 1)
    return torch.softmax(scores.masked_fill(hidden, -math.inf), dim=-1)


# END SOLUTION

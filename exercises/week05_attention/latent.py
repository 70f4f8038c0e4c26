# Week 05, exercise latent: Latent attention: a small cache for many heads
# Difficulty 4 of 5 · importance 4 of 5 · about 70 minutes
# It builds on: Multi-head attention, the causal mask with a cache, nn.Linear and its weight.
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: torch.nn.functional.scaled_dot_product_attention, torch.nn.functional.multi_head_attention_forward,
# torch.nn.MultiheadAttention may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: One new token before 4,096 cached ones, in the absorbed form: at most 8 times the reference's
# time. Making the keys and values of all heads is too slow.
# Arguments stay as they are, unless a docstring says otherwise.
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
        raise NotImplementedError("week 05, latent: write LatentAttention.__init__")

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
        raise NotImplementedError("week 05, latent: write LatentAttention.forward")

    def absorbed(
        self, x: Float[Tensor, "batch new d_model"], cache: LatentCache | None = None
    ) -> tuple[Float[Tensor, "batch new d_model"], LatentCache]:
        """Return what `forward` returns, in the form for one new token and a long cache.

        Output and cache are those of `forward`, for any number of new tokens; scores are divided by the same number.
        No key and no value of a single head is ever made: W_uk moves to the side of the query, for
        q · (W_uk c) = (W_ukᵀ q) · c, and W_uv goes behind the weighted sum of the latent vectors.
        """
        raise NotImplementedError("week 05, latent: write LatentAttention.absorbed")

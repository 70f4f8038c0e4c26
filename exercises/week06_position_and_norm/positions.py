# Week 06, exercise positions: Sinusoids, T5 buckets and ALiBi
# Difficulty 3 of 5 · importance 3 of 5 · about 50 minutes
# It builds on: Logarithms, broadcasting, torch.where.
# What counts as fast: At most 8 times the reference on 40,000 relative positions.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 06: three other ways to tell a Transformer where its tokens stand.

Sinusoidal positions are added to the embeddings; T5's buckets and ALiBi are added to the attention scores.
This module makes the tables and knows nothing about the model that uses them.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


def sinusoidal_positions(length: int, dim: int) -> Float[Tensor, "length dim"]:
    """Make the table of fixed position vectors of the first Transformer.

    For position p = 0, 1, ... and pair j = 0, 1, ..., with the angle t = p / 10000^(2j/dim):

        table[p, 2j] = sin t        table[p, 2j + 1] = cos t

    Sines and cosines alternate. The angles are computed in float64 (in float32 the angle 10,000 has an error of
    0.0005); the answer is float32, on torch's default device.

    Raises:
        ValueError: if `dim` is odd, because then one sine has no cosine.

    Source: Vaswani et al. 2017, section 3.5.
    """
    raise NotImplementedError("week 06, positions: write sinusoidal_positions")


def relative_position_bucket(
    relative: Int[Tensor, "*shape"],
    bidirectional: bool = True,
    buckets: int = 32,
    max_distance: int = 128,
) -> Int[Tensor, "*shape"]:
    """Sort relative positions into T5's buckets: exact when near, logarithmic when far.

    `relative` is the position of the key minus the position of the query, so a negative number looks back.

    One direction (`bidirectional=False`): the distance of a key in the past is n = -relative; every key in the future
    counts as n = 0. With B = buckets and E = B // 2:

        n < E     bucket n
        n >= E    bucket E + floor(log(n / E) / log(max_distance / E) * (B - E)), but never above B - 1

    A distance that stands exactly on an edge (16, 32 and 64 with the defaults) begins the upper bucket.

    Both directions (`bidirectional=True`): n = |relative|, the same rule with B = buckets // 2, and B is added to
    the bucket if `relative` is positive.

    The answer is int64, in the shape and on the device of `relative`, which may be of any integer dtype.

    Source: Raffel et al. 2020 (T5), section 2.1 in words; the formula is that of the code published with it.
    """
    raise NotImplementedError("week 06, positions: write relative_position_bucket")


def alibi_slopes(num_heads: int) -> Float[Tensor, " heads"]:
    """Give each head the slope of its ALiBi penalty.

    If `num_heads` is a power of two, head h = 1, 2, ..., num_heads has the slope 2^(-8h / num_heads).
    Otherwise, with n the largest power of two below `num_heads`: first the n slopes of n heads, in order, and then
    as many as are missing of the 1st, 3rd, 5th, ... slope of 2n heads. They are not sorted.

    The answer is float32, on torch's default device.

    Source: Press et al. 2022 (ALiBi), section 3; the rule for other numbers of heads is that of its published code.
    """
    raise NotImplementedError("week 06, positions: write alibi_slopes")


def alibi_bias(num_heads: int, queries: int, keys: int) -> Float[Tensor, "heads queries keys"]:
    """Make the ALiBi bias: minus the slope of the head times the distance.

    The queries are the last of the `keys` positions, as they are with a key-value cache: query i stands at position
    keys - queries + i. The distance is |position of the query - position of the key|, for keys in the future as well:
    hiding those is the work of the causal mask, not of this bias. `queries` is at most `keys`.

    The answer is float32, on torch's default device.

    Source: Press et al. 2022 (ALiBi), section 3, figure 3.
    """
    raise NotImplementedError("week 06, positions: write alibi_bias")

# Week 06, exercise rotary: Rotary position embedding (RoPE)
# Difficulty 3 of 5 · importance 5 of 5 · about 60 minutes
# It builds on: Sine and cosine of an angle, dot products, broadcasting.
# What counts as fast: At most 12 times the reference on 2039 positions: no Python loop over positions.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 06: rotary position embedding (RoPE).

Attention by itself sees a set of tokens, not a sequence. RoPE tells it where the tokens stand by turning every query
and every key: the vector is cut into pairs of numbers, each pair is a point in a plane, and each point is turned about
the origin by an angle that grows with the position. A score between a query and a key then depends on how far apart
the two stand, and no longer on where they stand.

This module knows nothing about attention, heads or caches: it turns whatever stands on the last axis.
"""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor


def rotary_frequencies(dim: int, base: float = 10000.0) -> Float[Tensor, " pairs"]:
    """Give the angle, in radians, by which each pair turns per position.

    Pair j of the dim/2 pairs turns by base^(-2j/dim), j = 0, 1, ..., dim/2 - 1: the first pair by 1 radian a position,
    each later pair more slowly. The answer is float64 and lies on torch's default device: there are so few of these
    numbers that full precision costs nothing, and whoever uses them can round once, at the end.

    Raises:
        ValueError: if `dim` is odd, because then one number has no partner.

    Source: Su et al. 2021 (RoFormer), section 3.2.2, below equation 15.
    """
    raise NotImplementedError("week 06, rotary: write rotary_frequencies")


def apply_rotary(
    x: Float[Tensor, "*batch length dim"],
    positions: Int[Tensor, "*#batch length"],
    base: float = 10000.0,
    pairing: Literal["half", "interleaved"] = "half",
) -> Float[Tensor, "*batch length dim"]:
    """Turn every pair of the last axis by its position times its frequency.

    Pair j of a token at position p turns counter-clockwise by the angle p * rotary_frequencies(dim, base)[j]:

        (a, b)  becomes  (a cos - b sin, a sin + b cos)

    and stays where it stood. Which two numbers are pair j is a convention of the model:

        "half"         x[..., j] and x[..., j + dim/2]     transformers' LLaMA, GPT-NeoX
        "interleaved"  x[..., 2j] and x[..., 2j + 1]       the RoFormer paper, Meta's own LLaMA code

    Angles, sines and cosines are computed in float32, or in float64 when `x` is float64; never in half precision.
    The answer has the dtype and the device of `x`. Nothing is modified in place.

    Args:
        positions: integers of any value and in any order: they need not start at 0 (a cache) and may be negative.
            They broadcast against the leading axes of `x`: [length] serves all of [batch, heads, length, dim],
            and [batch, 1, length] gives every sequence positions of its own.

    Raises:
        ValueError: if `dim` is odd, or `pairing` is neither of the two words.

    Source: Su et al. 2021 (RoFormer), section 3.4.2, equation 34.
    """
    raise NotImplementedError("week 06, rotary: write apply_rotary")


def interleaved_to_half(weight: Float[Tensor, "rows ..."], num_heads: int) -> Float[Tensor, "rows ..."]:
    """Reorder a query or key projection that was made for "interleaved", for use with "half".

    `weight` is laid out as in torch.nn.Linear, one row for each output number; a bias, which has no input axis, is
    reordered in the same way. The rows of head h are the h-th block of d = rows / num_heads rows. Within each head,
    row 2j becomes row j and row 2j + 1 becomes row j + d/2. When both the query and the key projection are reordered
    and the pairing is changed from "interleaved" to "half", every attention score stays as it was.

    Raises:
        ValueError: if the rows do not divide into `num_heads` heads of an even number of rows each.

    Source: follows from the two pairings of `apply_rotary`.
    """
    raise NotImplementedError("week 06, rotary: write interleaved_to_half")

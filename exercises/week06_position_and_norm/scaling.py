# Week 06, exercise scaling: Longer texts: stretched RoPE, and QK-norm
# Difficulty 3 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: Exercises 1 and 3: rotary frequencies, RMS norm.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 06, extra: rotary positions for longer texts, and a norm for queries and keys.

A model that was trained on 8,192 tokens has never seen the slow pairs of its rotary positions turn any further, so a
longer text shows it angles that it does not know. Published models slow those pairs down, and many are then trained a
little more. Many also normalise queries and keys just before they are turned, so that no score can grow without bound.
"""

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor


def scaled_frequencies(
    dim: int,
    kind: Literal["linear", "ntk", "yarn", "llama3"],
    factor: float,
    *,
    original_length: int = 8192,
    base: float = 10000.0,
    slow: float = 1.0,
    fast: float | None = None,
    truncate: bool = True,
) -> tuple[Float[Tensor, " pairs"], float]:
    """Slow the pairs of RoPE down for texts that are `factor` times as long.

    Returns the new frequencies, in radians a position, and the attention factor. In training, pair j = 0, 1, ...,
    dim/2 - 1 turned by f = base^(-2j/dim); now it turns by

        "linear"    f / factor
        "ntk"       what f is with the base  base * factor^(dim / (dim - 2))
        "yarn"      f * (keep + (1 - keep) / factor)  with  keep = (upper - j) / (upper - lower)
        "llama3"    f * (keep + (1 - keep) / factor)  with  keep = (turns - slow) / (fast - slow)

    A keep below 0 counts as 0, one above 1 as 1. turns = original_length * f / (2 pi) is how often the pair goes
    round in the longest text of the training. If `fast` is not given, it is 32 for "yarn" and 4 for "llama3".

    The ramp of "yarn" is a straight line in j, that of "llama3" one in turns. For "yarn", lower is place(fast) and
    upper is place(slow), with

        place(turns) = dim * ln(original_length / (2 pi turns)) / (2 ln base)

    which is the j, seldom a whole number, at which a pair makes that many turns. With `truncate`, lower is rounded
    down and upper is rounded up; without it, neither is. After that, lower is raised to 0 if it is less, and upper
    cut to dim - 1 if it is more, as in the code of the paper's authors.

    Cosines and sines are meant to be multiplied by the attention factor, so scores are multiplied by its square.
    It is 0.1 * ln(factor) + 1 for "yarn" and 1.0 for the others, a Python float. The frequencies are float64, on
    torch's default device.

    Args:
        factor: the new length divided by the old one.
        original_length: tokens in the longest text of the training; "linear" and "ntk" do not use it.
        slow, fast: numbers of turns; a pair with fewer than `slow` is slowed by the whole factor, one with more than
            `fast` not at all.

    Raises:
        ValueError: if `kind` is none of the four words; if `dim` is odd or below 2, with "ntk" below 4; if `factor`
            is below 1; with "yarn" and "llama3" unless 0 < slow < fast; with "yarn" unless lower < upper.

    Source: Chen et al. 2023 (position interpolation), section 2.3; Peng et al. 2023 (YaRN), section 3, for "ntk" and
        "yarn"; Meta's published code of Llama 3.1 for "llama3".
    """
    raise NotImplementedError("week 06, scaling: write scaled_frequencies")


def qk_norm(
    query: Float[Tensor, "*batch heads length head_dim"],
    key: Float[Tensor, "*batch key_heads keys head_dim"],
    query_weight: Float[Tensor, " width"],
    key_weight: Float[Tensor, " key_width"],
    eps: float = 1e-6,
) -> tuple[Float[Tensor, "*batch heads length head_dim"], Float[Tensor, "*batch key_heads keys head_dim"]]:
    """Scale queries and keys by an RMS norm each, as models do before they are turned.

        x / sqrt(mean(x^2) + eps) * weight

    Which numbers of a token share one mean is told by the size of the weight:

        [head_dim]            the numbers of one head; all heads use the same weight           Qwen3
        [heads * head_dim]    the numbers of all heads together, weights head after head       OLMo 2

    With one head, both say the same. Query and key are looked at separately: there may be fewer key heads (grouped
    queries), and each has its own weight. Squares and weight are computed in float32 at least, and rounded once, at
    the end: each answer has the dtype of its own x.

    Raises:
        ValueError: if a weight has neither of the two sizes.

    Source: Qwen Team 2025 (Qwen3), section 2; Team OLMo 2024 (OLMo 2), section 3.
    """
    raise NotImplementedError("week 06, scaling: write qk_norm")

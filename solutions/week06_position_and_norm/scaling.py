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
    # BEGIN SOLUTION
    if kind not in ("linear", "ntk", "yarn", "llama3"):
        raise ValueError(f"unknown kind: {kind!r}")
    if dim % 2 == 1 or dim < (4 if kind == "ntk" else 2):
        raise ValueError(f"dim must be even and large enough for {kind!r}, got {dim}")
    if factor < 1:
        raise ValueError(f"factor is new length / old length, at least 1, got {factor}")
    if kind == "ntk":
        return _frequencies(dim, base * factor ** (dim / (dim - 2))), 1.0
    f = _frequencies(dim, base)
    if kind == "linear":
        return f / factor, 1.0

    # Both rules that are left ask which pairs saw their whole circle in training, and keep those as they are.
    if fast is None:
        fast = 32.0 if kind == "yarn" else 4.0
    if not 0 < slow < fast:
        raise ValueError(f"slow and fast are numbers of turns, 0 < slow < fast, got {slow} and {fast}")
    if kind == "yarn":
        keep = _share_by_place(dim, original_length, base, slow, fast, truncate)
    else:
        keep = (original_length * f / (2 * math.pi) - slow) / (fast - slow)
    keep = keep.clamp(0, 1)
    return f * (keep + (1 - keep) / factor), 0.1 * math.log(factor) + 1 if kind == "yarn" else 1.0
    # END SOLUTION


# BEGIN SOLUTION
def _frequencies(dim: int, base: float) -> Float[Tensor, " pairs"]:
    """Plain RoPE."""
    return base ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def _share_by_place(
    dim: int, length: int, base: float, slow: float, fast: float, truncate: bool
) -> Float[Tensor, " pairs"]:
    """YaRN's ramp: 1 at the pair that makes `fast` turns, 0 at the one that makes `slow`, not yet cut."""

    def place(turns: float) -> float:
        return dim * math.log(length / (2 * math.pi * turns)) / (2 * math.log(base))

    lower, upper = place(fast), place(slow)
    if truncate:
        lower, upper = math.floor(lower), math.ceil(upper)
    lower, upper = max(lower, 0), min(upper, dim - 1)
    if lower >= upper:
        raise ValueError(f"no room for a ramp between pairs {lower} and {upper}")
    return (upper - torch.arange(dim // 2, dtype=torch.float64)) / (upper - lower)


# END SOLUTION


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
    # BEGIN SOLUTION
    return _normalised(query, query_weight, eps), _normalised(key, key_weight, eps)
    # END SOLUTION


# BEGIN SOLUTION
def _normalised(x: Float[Tensor, "*batch heads length head_dim"], weight: Tensor, eps: float) -> Tensor:
    heads, head_dim = x.shape[-3], x.shape[-1]
    if weight.shape == (head_dim,):
        axes, weight = (-1,), weight
    elif weight.shape == (heads * head_dim,):
        # One token's numbers lie on two axes, with its place between them: average over both, and let the weight of
        # each head meet that head at every place.
        axes, weight = (-3, -1), weight.unflatten(0, (heads, 1, head_dim))
    else:
        raise ValueError(f"a weight of shape {tuple(weight.shape)} fits neither one head nor all {heads}")
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide * torch.rsqrt(wide.square().mean(dim=axes, keepdim=True) + eps) * weight).to(x.dtype)


# END SOLUTION

# Week 05, exercise attention: Scaled dot-product attention
# Difficulty 2 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Matrix products over batch axes, broadcasting, softmax.
# Write it by hand: torch.nn.functional.scaled_dot_product_attention, torch.nn.functional.multi_head_attention_forward,
# torch.nn.MultiheadAttention may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 05, attention: scaled dot-product attention and the masks that it takes.

This module knows nothing about heads, projections or positions: it is the one formula that everything else stands on.
Every mask here is Boolean, and True means "may attend".
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch queries d_v"], Float[Tensor, "*batch queries keys"]]:
    """Answer each query with a weighted mean of the values.

    The weight of key j for query i is softmax over j of (query_i · key_j) / sqrt(d_k).
    `*batch` is any number of leading axes, also none; d_v may differ from d_k, and queries from keys.
    A key that the mask hides has weight exactly 0, and the weights of the others sum to 1.
    A query that may attend to nothing has weights 0 and output 0, never NaN; gradients stay finite too.
    Scores of any finite size give finite weights.
    float16 and bfloat16 inputs are computed in float32 from the first product on; only the two results are rounded.
    No argument is changed in place.

    Args:
        mask: Boolean, broadcasts to (*batch, queries, keys); True: the query may attend to the key. None: hide nothing.

    Returns:
        The tuple (output, weights), both of the dtype and on the device of `query`.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.1, equation 1.
    """
    raise NotImplementedError("week 05, attention: write scaled_dot_product_attention")


def causal_mask(
    queries: int, keys: int | None = None, device: torch.device | str | None = None
) -> Bool[Tensor, "queries keys"]:
    """Let each query see the keys up to its own position, and no later one.

    The last query stands at the position of the last key, so the mask also serves a key-value cache, where `keys`
    counts the cached tokens too: query i stands at position keys - queries + i and sees the keys 0 to that position,
    its own included. With more queries than keys, the first queries - keys rows see nothing.

    Args:
        keys: None: as many as queries.
        device: device of the result; None: torch's default device.

    Returns:
        A Boolean tensor, True: may attend.

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    raise NotImplementedError("week 05, attention: write causal_mask")


def padding_mask(lengths: Int[Tensor, "*batch"], max_length: int) -> Bool[Tensor, "*batch 1 max_length"]:
    """Hide the padding behind the end of each sequence.

    Key j of a sequence is visible when j < length, so the padding stands at the end (on the right).
    A length of 0 hides the whole sequence, a length above `max_length` hides nothing.
    The axis of size 1 stands for the queries: the mask broadcasts over them, and
    `causal_mask(n) & padding_mask(lengths, n)` is both masks at once.

    Returns:
        A Boolean tensor on the device of `lengths`, True: may attend.
    """
    raise NotImplementedError("week 05, attention: write padding_mask")

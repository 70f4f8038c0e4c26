# Week 05, exercise blockwise: Blockwise attention with an online softmax
# Difficulty 4 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: Scaled dot-product attention, why softmax subtracts the maximum.
# Write it by hand: torch.nn.functional.scaled_dot_product_attention, torch.nn.functional.multi_head_attention_forward,
# torch.nn.MultiheadAttention may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: At length 2,048 with blocks of 256 keys, at most 4 times the reference's time: a loop over
# blocks is fast enough, a loop over single keys or queries is not.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 05, blockwise: attention that never holds the whole table of scores.

It returns what scaled dot-product attention returns, with memory that grows linearly in the length.
The module does the forward pass alone: it makes no promise about gradients, and it does not return the weights,
because the weights are the table that it avoids.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def blockwise_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    block_size: int,
    causal: bool = False,
) -> Float[Tensor, "*batch queries d_v"]:
    """Attend to the keys block by block, with a running (online) softmax.

    The answer is softmax(query keyᵀ / sqrt(d_k)) value, the same for every `block_size`; the last block may be shorter,
    and a block may be longer than the sequence. Scores of any finite size give a finite answer.
    Never are there scores, weights or mask entries for more than queries * block_size pairs of a query and a key.
    float16 and bfloat16 inputs are computed in float32 throughout, and the result is rounded once.
    No argument is changed in place.

    Args:
        block_size: how many keys are looked at together.
        causal: each query sees the keys up to its own position; the last query stands at the last key, so query i
            stands at position keys - queries + i. A query that sees nothing gets zeros, never NaN.

    Returns:
        The output alone, of the dtype and on the device of `query`.

    Raises:
        ValueError: block_size is below 1.

    Source: Milakov and Gimelshein 2018, "Online normalizer calculation for softmax", algorithm 3;
        Rabe and Staats 2021, "Self-attention Does Not Need O(n^2) Memory", section 2.
    """
    raise NotImplementedError("week 05, blockwise: write blockwise_attention")

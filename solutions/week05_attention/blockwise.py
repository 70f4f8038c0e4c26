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
    # BEGIN SOLUTION
    if block_size < 1:
        raise ValueError(f"block_size must be at least 1, got {block_size}")
    dtype = torch.promote_types(query.dtype, torch.float32)
    lowest = torch.finfo(dtype).min  # not -inf: -inf - (-inf) would be NaN
    queries, keys = query.shape[-2], key.shape[-2]
    query_positions = torch.arange(keys - queries, keys, device=query.device).unsqueeze(-1)  # (queries, 1)

    scaled_query = query.to(dtype) / math.sqrt(query.shape[-1])
    maximum = torch.full_like(scaled_query[..., :1], lowest)  # (*batch, queries, 1): largest score so far
    total = torch.zeros_like(maximum)  # sum of exp(score - maximum) so far
    output = scaled_query.new_zeros(*query.shape[:-1], value.shape[-1])  # the same sum, each term times its value

    for start in range(0, keys, block_size):
        block = slice(start, min(start + block_size, keys))
        scores = scaled_query @ key[..., block, :].to(dtype).mT  # (*batch, queries, block)
        if causal:
            hidden = torch.arange(block.start, block.stop, device=query.device) > query_positions
            scores = scores.masked_fill(hidden, lowest)
        new_maximum = torch.maximum(maximum, scores.amax(dim=-1, keepdim=True))
        weights = torch.exp(scores - new_maximum)
        if causal:
            weights = weights.masked_fill(hidden, 0.0)
        # What was summed so far stands relative to the old maximum: move it to the new one.
        rescale = torch.exp(maximum - new_maximum)
        total = total * rescale + weights.sum(dim=-1, keepdim=True)
        output = output * rescale + weights @ value[..., block, :].to(dtype)
        maximum = new_maximum

    # A query that saw nothing has output 0 and total 0: dividing by 1 leaves the zeros.
    return (output / total.where(total > 0, 1.0)).to(query.dtype)
    # END SOLUTION

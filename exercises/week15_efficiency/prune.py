# Week 15, exercise prune: Pruning: weights, fours and heads
# Difficulty 2 of 5 · importance 3 of 5 · about 35 minutes
# It builds on: Stable sorting, masks, the weights of multi-head attention.
# Write it by hand: torch.nn.utils.prune, torch.ao may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, prune: which weights a model can do without.

The answers are masks, True where a weight is kept: during later training, the mask has to be applied again after each
step. Whole heads are cut out instead, which makes the matrices smaller.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def prune_magnitude(weights: Sequence[Float[Tensor, "..."]], share: float) -> list[Bool[Tensor, "..."]]:
    """Return a mask for each tensor, False at the share of weights that are smallest in magnitude.

    All tensors are looked at together: of n weights in all, exactly k = round(share * n) are pruned, as Python rounds,
    and a tensor with small weights loses more than others. Where magnitudes are equal, earlier tensors are pruned
    first, and within a tensor the earlier places, row by row.
    Each mask is bool and has the shape and the device of its tensor; True means kept. The tensors are on one device and
    may differ in shape and dtype.

    Raises:
        ValueError: there is no tensor, a weight is NaN, or `share` is not between 0 and 1.

    Source: Han et al. 2015, "Learning both Weights and Connections for Efficient Neural Networks", section 3; global
        instead of layer by layer, as in Frankle and Carbin 2019.
    """
    raise NotImplementedError("week 15, prune: write prune_magnitude")


def prune_two_four(weight: Float[Tensor, "*shape d_in"]) -> Bool[Tensor, "*shape d_in"]:
    """Return the mask of 2:4 sparsity: of every four neighbours along the last axis, the two largest are kept.

    Groups begin at multiples of 4. Large means large in magnitude; where magnitudes are equal, the earlier places are
    pruned first. The mask is bool, on the device of `weight`; True means kept. An empty weight has an empty mask.

    Raises:
        ValueError: `weight` has no axis, its last axis is not a multiple of 4, or a weight is NaN.

    Source: Mishra et al. 2021, "Accelerating Sparse Deep Neural Networks", sections 3 and 4.
    """
    raise NotImplementedError("week 15, prune: write prune_two_four")


def prune_heads(
    query: Float[Tensor, "rows width"],
    key: Float[Tensor, "rows width"],
    value: Float[Tensor, "rows width"],
    output: Float[Tensor, "width rows"],
    size: int,
    drop: Sequence[int],
) -> tuple[
    Float[Tensor, "kept width"], Float[Tensor, "kept width"], Float[Tensor, "kept width"], Float[Tensor, "width kept"]
]:
    """Return the four weights of an attention layer without some of its heads.

    All weights are stored as nn.Linear stores them, [out in]. A head has `size` numbers: rows h * size to
    (h + 1) * size - 1 of `query`, `key` and `value` belong to head h, and the same columns of `output`.
    The answers hold the other heads, in their order. So the smaller layer computes what the larger one does when the
    answers of the dropped heads are set to 0.
    `drop` may name a head twice, and may be empty.

    Raises:
        ValueError: `query`, `key` and `value` have not two axes or differ in shape, `output` is not as wide as they are
            high, `size` is less than 1 or does not divide the rows, a number in `drop` is less than 0 or not below the
            number of heads, or no head is left.

    Source: Michel et al. 2019, "Are Sixteen Heads Really Better than One?", section 2.
    """
    raise NotImplementedError("week 15, prune: write prune_heads")

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
    # BEGIN SOLUTION
    if not weights or not 0 <= share <= 1:
        raise ValueError(f"{len(weights)} tensors, and a share of {share}")
    magnitudes = torch.cat([weight.detach().abs().double().flatten() for weight in weights])
    if magnitudes.isnan().any():
        raise ValueError("a weight is NaN")
    kept = torch.ones_like(magnitudes, dtype=torch.bool)
    # A stable sort leaves equals in their order. A threshold would prune all equals, or none.
    kept[magnitudes.argsort(stable=True)[: round(share * len(magnitudes))]] = False
    parts = kept.split([weight.numel() for weight in weights])
    return [part.reshape(weight.shape) for part, weight in zip(parts, weights, strict=True)]
    # END SOLUTION


def prune_two_four(weight: Float[Tensor, "*shape d_in"]) -> Bool[Tensor, "*shape d_in"]:
    """Return the mask of 2:4 sparsity: of every four neighbours along the last axis, the two largest are kept.

    Groups begin at multiples of 4. Large means large in magnitude; where magnitudes are equal, the earlier places are
    pruned first. The mask is bool, on the device of `weight`; True means kept. An empty weight has an empty mask.

    Raises:
        ValueError: `weight` has no axis, its last axis is not a multiple of 4, or a weight is NaN.

    Source: Mishra et al. 2021, "Accelerating Sparse Deep Neural Networks", sections 3 and 4.
    """
    # BEGIN SOLUTION
    if weight.ndim == 0 or weight.shape[-1] % 4 or weight.isnan().any():
        raise ValueError(f"no groups of four numbers in a weight of shape {tuple(weight.shape)}")
    groups = weight.detach().abs().unflatten(-1, (-1, 4))
    smallest = groups.argsort(dim=-1, stable=True)[..., :2]
    return torch.ones_like(groups, dtype=torch.bool).scatter(-1, smallest, False).flatten(-2)
    # END SOLUTION


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
    # BEGIN SOLUTION
    if query.ndim != 2 or not query.shape == key.shape == value.shape:
        raise ValueError("query, key and value must be matrices of one shape")
    rows = query.shape[0]
    if output.ndim != 2 or output.shape[1] != rows or size < 1 or rows % size:
        raise ValueError(f"{rows} rows, heads of {size}, and an output of shape {tuple(output.shape)}")
    heads = rows // size
    kept = [head for head in range(heads) if head not in drop]
    if not kept or not all(0 <= head < heads for head in drop):
        raise ValueError(f"{list(drop)} cannot be dropped from {heads} heads")

    def of_heads(weight: Tensor) -> Tensor:
        return weight.unflatten(0, (heads, size))[kept].flatten(0, 1)

    return of_heads(query), of_heads(key), of_heads(value), of_heads(output.T).T.contiguous()
    # END SOLUTION

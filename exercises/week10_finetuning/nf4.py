# Week 10, exercise nf4: NF4 and QLoRA: a frozen weight in four bits
# Difficulty 3 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: LoRA (exercise 1), shifting bits, dtypes.
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: peft may not be used.
# Nothing from transformers, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 8: NF4 and QLoRA, a frozen weight in four bits.

A frozen weight need not be exact: it only has to be there. NF4 keeps each of its numbers as one of 16 levels, which lie
where the weights of a trained model lie: close together near zero, far apart at the ends. QLoRA makes the weight anew
from these levels in every call and learns a low-rank change beside it.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

NF4_LEVELS = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
    *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
    *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)
"""The 16 levels of Dettmers et al. 2023, appendix E, in ascending order: level 7 is 0."""


def quantise_nf4(
    weight: Float[Tensor, "*shape"], block: int = 64
) -> tuple[UInt8[Tensor, " bytes"], Float[Tensor, " blocks"]]:
    """Return (packed, absmax): each weight as one of 16 levels, two to a byte.

    The weights are taken in row-major order, whatever the strides, and cut into blocks of `block`; the last block may
    be shorter. `absmax` has the largest |w| of each block.
    The code of a weight is the index of the level in `NF4_LEVELS` that is nearest to w / absmax. Halfway between two
    levels it is the lower one. In a block of zeros absmax is 0 and every code is 7, the level 0.
    Byte j of `packed` has the code of weight 2j in its upper four bits and that of weight 2j + 1 in its lower four. Two
    blocks may share a byte. If the number of weights is odd, the lower four bits of the last byte are 7.
    Everything is computed in float32, or in float64 if `weight` is, and `absmax` has that dtype. Both answers are on
    the device of `weight`, which is not changed.

    Raises:
        ValueError: `weight` is empty or not floating-point, or holds NaN or infinity, or `block` is below 1.

    Source: Dettmers et al. 2023, section 3 and appendix E; ties, halves and the odd one as bitsandbytes.
    """
    raise NotImplementedError("week 10, nf4: write quantise_nf4")


def dequantise_nf4(
    packed: UInt8[Tensor, " bytes"],
    absmax: Float[Tensor, " blocks"],
    shape: Sequence[int],
    block: int = 64,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "*shape"]:
    """Return the weights of shape `shape` that `quantise_nf4` has kept.

    Weight i, in row-major order, is its level times the absmax of block i // block.
    The product is computed in the dtype of `absmax` and rounded to `dtype` once.

    Raises:
        ValueError: `packed` is not uint8, or `packed` and `absmax` do not have the lengths that `shape` and `block` ask
            for.

    Source: Dettmers et al. 2023, section 2.
    """
    raise NotImplementedError("week 10, nf4: write dequantise_nf4")


def qlora_forward(
    x: Float[Tensor, "... d_in"],
    packed: UInt8[Tensor, " bytes"],
    absmax: Float[Tensor, " blocks"],
    lora_A: Float[Tensor, "rank d_in"],
    lora_B: Float[Tensor, "d_out rank"],
    scaling: float,
    bias: Float[Tensor, " d_out"] | None = None,
    block: int = 64,
    compute_dtype: torch.dtype = torch.bfloat16,
) -> Float[Tensor, "... d_out"]:
    """Apply a linear layer whose weight is kept in NF4, with a low-rank change beside it.

    The answer is x W^T + scaling x A^T B^T + bias, where W [d_out d_in] is made from `packed` and `absmax` by
    `dequantise_nf4`.
    `x`, W, `lora_A`, `lora_B` and `bias` are rounded to `compute_dtype` and everything is computed in it; then the
    answer is rounded to the dtype of `x`.
    Gradients reach `x`, `lora_A`, `lora_B` and `bias`, each in its own dtype.

    Source: Dettmers et al. 2023, section 3, equation 5.
    """
    raise NotImplementedError("week 10, nf4: write qlora_forward")

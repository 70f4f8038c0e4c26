# Week 15, exercise quantise: Weights in 8 and 4 bits
# Difficulty 3 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: amax with keepdim, rounding, int8, buffers of a module, bit shifts.
# Write it by hand: torch.ao, torch.quantize_per_tensor, torch.quantize_per_channel may not be used, nor the operators
# of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, quantise: numbers in 8 and in 4 bits.

A code is a small whole number, and a scale says how much one step of the code is worth. A weight of 32 bits becomes a
code of 8 or 4 bits, and many weights share a scale.
"""

import torch
from jaxtyping import Float, Int8, UInt8
from torch import Tensor, nn


def quantise(
    x: Float[Tensor, "*shape"], axis: int | None = None, symmetric: bool = True
) -> tuple[Int8[Tensor, "*shape"], Float[Tensor, "*ones"], Int8[Tensor, "*ones"]]:
    """Return (codes, scale, zero_point), so that x is about (codes - zero_point) * scale.

    With `axis` None there is one scale. Otherwise each index along `axis` (counted from the end if negative) has its
    own, from the values at that index alone. `scale` and `zero_point` have as many axes as `x`; `axis` keeps its size,
    all others have size 1.
    Symmetric: scale = max |x| / 127, zero_point = 0, codes from -127 to 127.
    Otherwise low and high are the minimum and the maximum of the values and 0, so that 0 is always in the range:
    scale = (high - low) / 255, zero_point = -128 - round(low / scale), codes from -128 to 127. The numbers are never so
    large that high - low is infinite.
    Codes are round(x / scale) + zero_point, clamped to their range; round goes to the nearest whole number, and halfway
    between two to the even one. A scale that would be 0, as that of zeros alone, is 1 instead.
    The number 0 has the code zero_point, and comes back as exactly 0.
    Everything is computed in float32, or in float64 if `x` is, and `scale` has that dtype; `codes` and `zero_point` are
    int8. All three are on the device of `x`.

    Raises:
        ValueError: `x` is empty or not floating-point, holds NaN or infinity, or has no such axis.

    Source: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
        Inference", section 2.1; rounding and int8 zero points as ONNX's QuantizeLinear.
    """
    raise NotImplementedError("week 15, quantise: write quantise")


def dequantise(
    codes: Int8[Tensor, "*shape"], scale: Float[Tensor, "*ones"], zero_point: Int8[Tensor, "*ones"]
) -> Float[Tensor, "*shape"]:
    """Return (codes - zero_point) * scale, in the dtype of `scale`.

    The difference may be anything from -255 to 255, more than int8 holds.
    """
    raise NotImplementedError("week 15, quantise: write dequantise")


class Int8Linear(nn.Module):
    """A linear layer in 8 bits, for inference: weights are quantised once, inputs anew in every call (dynamically).

    It has no parameters and these buffers, which require no gradient and have the same names in `state_dict()`:
        codes: the weight's codes, int8 [d_out d_in].
        scale: their scales [d_out 1], one for each output.
        bias: [d_out], as it was; None, and not in `state_dict()`, if the linear layer has none.
    """

    def __init__(self, linear: nn.Linear) -> None:
        """Quantise the weight of `linear` symmetrically, each output by itself.

        `linear` is left as it is, and what happens to it later does not change this layer.
        """
        raise NotImplementedError("week 15, quantise: write Int8Linear.__init__")

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Return the product of codes, scaled, plus the bias; in the dtype of `x`.

        Each token (the numbers along the last axis) is quantised symmetrically with a scale of its own.
        Output o is scale_x * scale[o] * sum over i of codes_x[i] * codes[o, i], plus bias[o]. The sum is far too large
        for int8, and everything is computed in float32 or more.

        Raises:
            ValueError: `x` has no token, or holds NaN or infinity.
        """
        raise NotImplementedError("week 15, quantise: write Int8Linear.forward")


def int4_groups(
    weight: Float[Tensor, "d_out d_in"], group: int = 32
) -> tuple[UInt8[Tensor, "d_out d_in/2"], Float[Tensor, "d_out d_in/group"]]:
    """Return (packed, scale): a weight in 4 bits, with a scale for each `group` neighbours of a row.

    In each group scale = max |w| / 7, and the code of w is round(w / scale), from -7 to 7; rounding, a scale that would
    be 0 and the dtype of `scale` are as in `quantise`.
    Two codes share a byte of `packed` (uint8). Each is stored as code + 8: that of column 2j in the lower four bits of
    byte j, that of column 2j + 1 in the upper four.

    Raises:
        ValueError: `weight` has not two axes, is empty or not floating-point, or holds NaN or infinity; `group` is less
            than 1, odd, or no divisor of d_in.

    Source: the form of llama.cpp's Q4_0 (blocks of 32), which stores another order and other codes, -8 to 7.
    """
    raise NotImplementedError("week 15, quantise: write int4_groups")


def dequantise_int4(
    packed: UInt8[Tensor, "d_out d_in/2"], scale: Float[Tensor, "d_out d_in/group"]
) -> Float[Tensor, "d_out d_in"]:
    """Return the weight that `int4_groups` packed: each code times the scale of its group, in the dtype of `scale`.

    The size of a group follows from the two shapes.
    """
    raise NotImplementedError("week 15, quantise: write dequantise_int4")

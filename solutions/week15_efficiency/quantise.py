"""Week 15, quantise: numbers in 8 and in 4 bits.

A code is a small whole number, and a scale says how much one step of the code is worth. A weight of 32 bits becomes a
code of 8 or 4 bits, and many weights share a scale.
"""

import torch
from jaxtyping import Float, Int8, UInt8
from torch import Tensor, nn


# BEGIN SOLUTION
def _checked(x: Tensor) -> Tensor:
    """Return x in the dtype in which scales are computed: float32, or float64 for float64."""
    if not x.is_floating_point() or x.numel() == 0 or not x.isfinite().all():
        raise ValueError("only floating-point numbers, at least one, all of them finite, can be quantised")
    return x.detach().to(torch.promote_types(x.dtype, torch.float32))


def _never_zero(scale: Tensor) -> Tensor:
    """Return the scale, 1 where it is 0: all codes are 0 there, and 0 / 0 would be NaN."""
    return torch.where(scale == 0, torch.ones_like(scale), scale)


# END SOLUTION


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
    # BEGIN SOLUTION
    if axis is not None and not -x.ndim <= axis < x.ndim:
        raise ValueError(f"a tensor of {x.ndim} axes has no axis {axis}")
    values = _checked(x)
    others = [place for place in range(x.ndim) if axis is None or place != axis % x.ndim]
    # The smallest and largest value for each scale. An empty list of axes would mean all of them: nothing to reduce.
    low = values.amin(others, keepdim=True) if others else values
    high = values.amax(others, keepdim=True) if others else values
    if symmetric:
        scale = _never_zero(torch.maximum(-low, high) / 127)
        zero_point, smallest = torch.zeros_like(scale), -127
    else:
        low, high = low.clamp(max=0), high.clamp(min=0)
        scale = _never_zero((high - low) / 255)
        zero_point, smallest = -128 - torch.round(low / scale), -128
    codes = (torch.round(values / scale) + zero_point).clamp(smallest, 127)
    return codes.to(torch.int8), scale, zero_point.to(torch.int8)
    # END SOLUTION


def dequantise(
    codes: Int8[Tensor, "*shape"], scale: Float[Tensor, "*ones"], zero_point: Int8[Tensor, "*ones"]
) -> Float[Tensor, "*shape"]:
    """Return (codes - zero_point) * scale, in the dtype of `scale`.

    The difference may be anything from -255 to 255, more than int8 holds.
    """
    # BEGIN SOLUTION
    return (codes.to(scale.dtype) - zero_point.to(scale.dtype)) * scale
    # END SOLUTION


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
        # BEGIN SOLUTION
        super().__init__()
        codes, scale, _ = quantise(linear.weight, axis=0)
        self.register_buffer("codes", codes)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().clone())
        # END SOLUTION

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Return the product of codes, scaled, plus the bias; in the dtype of `x`.

        Each token (the numbers along the last axis) is quantised symmetrically with a scale of its own.
        Output o is scale_x * scale[o] * sum over i of codes_x[i] * codes[o, i], plus bias[o]. The sum is far too large
        for int8, and everything is computed in float32 or more.

        Raises:
            ValueError: `x` has no token, or holds NaN or infinity.
        """
        # BEGIN SOLUTION
        tokens = x.reshape(-1, x.shape[-1])  # [tokens d_in]
        codes, scale, _ = quantise(tokens, axis=0)  # [tokens d_in], [tokens 1]
        # A kernel adds int8 products up in int32. Floating point gives the same sums here, and runs on every device.
        wide = torch.promote_types(scale.dtype, self.scale.dtype)
        sums = codes.to(wide) @ self.codes.to(wide).T  # [tokens d_out]
        answer = sums * scale * self.scale.T
        if self.bias is not None:
            answer = answer + self.bias
        return answer.reshape(*x.shape[:-1], -1).to(x.dtype)
        # END SOLUTION


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
    # BEGIN SOLUTION
    if weight.ndim != 2 or group < 2 or group % 2 or weight.shape[1] % group:
        raise ValueError(f"a weight of shape {tuple(weight.shape)} has no groups of {group}")
    groups = _checked(weight).unflatten(1, (-1, group))  # [d_out d_in/group group]
    scale = _never_zero(groups.abs().amax(-1) / 7)
    codes = torch.round(groups / scale[..., None]).clamp(-7, 7).flatten(1)  # [d_out d_in]
    stored = (codes + 8).to(torch.uint8)
    return stored[:, 0::2] | stored[:, 1::2] << 4, scale
    # END SOLUTION


def dequantise_int4(
    packed: UInt8[Tensor, "d_out d_in/2"], scale: Float[Tensor, "d_out d_in/group"]
) -> Float[Tensor, "d_out d_in"]:
    """Return the weight that `int4_groups` packed: each code times the scale of its group, in the dtype of `scale`.

    The size of a group follows from the two shapes.
    """
    # BEGIN SOLUTION
    stored = torch.stack((packed & 15, packed >> 4), dim=-1).flatten(1)  # [d_out d_in], lower halves first
    codes = stored.to(scale.dtype) - 8
    return (codes.unflatten(1, (scale.shape[1], -1)) * scale[..., None]).flatten(1)
    # END SOLUTION

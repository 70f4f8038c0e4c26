"""As libraries do it: an observer finds the ranges of channels, and the layer works on rounded floats.

The layer multiplies weights and inputs that were quantised and dequantised ("fake quantised"): the same sums.
"""

import torch
import torch.nn.functional as F
from torch import nn


def _range(x, axis):
    flat = x.reshape(1, -1) if axis is None else x.transpose(axis, 0).flatten(1) if x.ndim > 1 else x[:, None]
    low, high = torch.aminmax(flat, dim=1)
    shape = [1] * x.ndim
    if axis is not None:
        shape[axis] = -1
    return low.reshape(shape), high.reshape(shape)


def quantise(x, axis=None, symmetric=True):
    if axis is not None and not (0 <= axis + (x.ndim if axis < 0 else 0) < x.ndim):
        raise ValueError("axis")
    if x.numel() < 1 or not x.dtype.is_floating_point or bool((~torch.isfinite(x)).any()):
        raise ValueError("numbers")
    with torch.no_grad():
        values = x.double() if x.dtype == torch.float64 else x.float()
        low, high = _range(values, axis)
        zeros = torch.zeros_like(low)
        low, high = torch.minimum(low, zeros), torch.maximum(high, zeros)
        smallest, largest = (-127, 127) if symmetric else (-128, 127)
        scale = (torch.max(-low, high) * 2 if symmetric else high - low) / (largest - smallest)
        scale = scale.masked_fill(scale == 0, 1.0)
        zero_point = zeros if symmetric else smallest - torch.round(low / scale)
        codes = torch.clamp(torch.round(values / scale) + zero_point, smallest, largest)
        return codes.char(), scale, zero_point.char()


def dequantise(codes, scale, zero_point):
    return torch.sub(codes.to(torch.int16), zero_point.to(torch.int16)).to(scale.dtype).mul(scale)


class Int8Linear(nn.Module):
    codes: torch.Tensor
    scale: torch.Tensor

    def __init__(self, linear):
        super().__init__()
        codes, scale, _ = quantise(linear.weight, 0)
        self.register_buffer("codes", codes)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None)
        if linear.bias is not None:
            self.bias = linear.bias.detach().clone()

    @torch.no_grad()
    def forward(self, x):
        if x.numel() == 0 or not torch.isfinite(x).all():
            raise ValueError("no token, or one that is not finite")
        wide = torch.promote_types(x.dtype, self.scale.dtype)
        values = x.to(wide)
        scale = (values.abs().amax(-1, keepdim=True) / 127).to(wide)
        scale = torch.where(scale > 0, scale, torch.ones_like(scale))
        rounded = torch.round(values / scale) * scale
        weight = dequantise(self.codes, self.scale, torch.zeros_like(self.codes[:1, :1])).to(wide)
        bias = None if self.bias is None else self.bias.to(wide)
        return F.linear(rounded, weight, bias).to(x.dtype)


def int4_groups(weight, group=32):
    if weight.dim() != 2 or group < 1 or group & 1 or weight.size(1) % group:
        raise ValueError("groups")
    if weight.numel() < 1:
        raise ValueError("numbers")
    rows = weight.reshape(-1, group)
    if not rows.dtype.is_floating_point or bool((~torch.isfinite(rows)).any()):
        raise ValueError("numbers")
    rows = rows.detach().to(torch.promote_types(rows.dtype, torch.float32))
    scale = rows.abs().max(1, keepdim=True).values / 7
    scale = scale.masked_fill(scale == 0, 1.0)
    stored = (rows / scale).round().add(8).byte().reshape(weight.size(0), -1, 2)
    return torch.bitwise_or(stored[..., 0], torch.bitwise_left_shift(stored[..., 1], 4)), scale.reshape(len(weight), -1)


def dequantise_int4(packed, scale):
    codes = torch.stack([packed.bitwise_and(0x0F), packed.bitwise_right_shift(4)], -1).char() - 8
    groups = codes.reshape(*scale.shape, -1).to(scale.dtype)
    return torch.einsum("ogi,og->ogi", groups, scale).reshape(len(packed), -1)

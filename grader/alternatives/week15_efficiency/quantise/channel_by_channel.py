"""One channel after the other, in plain loops; the layer multiplies whole numbers."""

import torch
from torch import nn


def _one(values, symmetric):
    low, high = float(values.min()), float(values.max())
    if symmetric:
        scale, smallest = torch.tensor(max(-low, high), dtype=values.dtype) / 127, -127
    else:
        scale, smallest = torch.tensor(max(high, 0.0) - min(low, 0.0), dtype=values.dtype) / 255, -128
    scale = float(scale) or 1.0
    zero_point = 0 if symmetric else -128 - round(min(low, 0.0) / scale)
    return ((values / scale).round() + zero_point).clip(smallest, 127).to(torch.int8), scale, zero_point


def quantise(x, axis=None, symmetric=True):
    if not torch.is_floating_point(x) or x.numel() == 0 or x.isnan().any() or x.isinf().any():
        raise ValueError("not finite numbers")
    if axis is not None and axis not in range(-x.ndim, x.ndim):
        raise ValueError("no such axis")
    values = x.detach() if x.dtype == torch.float64 else x.detach().float()
    if axis is None:
        codes, scale, zero_point = _one(values, symmetric)
        ones = [1] * x.ndim
        scale = torch.full(ones, scale, dtype=values.dtype, device=x.device)
        return codes, scale, torch.full(ones, zero_point, dtype=torch.int8, device=x.device)
    parts = [quantise(part.unsqueeze(axis), None, symmetric) for part in values.unbind(axis)]
    return tuple(torch.cat(pieces, dim=axis) for pieces in zip(*parts, strict=True))


def dequantise(codes, scale, zero_point):
    return scale * (codes.int() - zero_point.int()).to(scale.dtype)


class Int8Linear(nn.Module):
    def __init__(self, linear):
        super().__init__()
        weight = linear.weight.detach()
        codes, scale, _ = quantise(weight, -2)
        self.register_buffer("codes", codes)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", linear.bias if linear.bias is None else linear.bias.data.clone())

    def forward(self, x):
        if x.numel() == 0:
            raise ValueError("no token")
        if x.ndim > 1:
            return torch.stack([self(row) for row in x])
        codes, scale, _ = quantise(x)
        sums = (codes.long() * self.codes.long()).sum(-1)
        wide = torch.promote_types(x.dtype, self.scale.dtype)
        answer = sums.to(wide) * (scale.to(wide) * self.scale[:, 0].to(wide))
        return (answer if self.bias is None else answer + self.bias).to(x.dtype)


def int4_groups(weight, group=32):
    if weight.ndim != 2 or group <= 0 or group % 2 == 1 or weight.shape[1] % group != 0:
        raise ValueError("no groups")
    if not torch.is_floating_point(weight) or weight.numel() == 0 or not torch.isfinite(weight).all():
        raise ValueError("not finite numbers")
    values = weight.detach() if weight.dtype == torch.float64 else weight.detach().float()
    packed, scales = [], []
    for part in values.split(group, dim=1):
        scale = part.abs().amax(1) / 7
        scale[scale == 0] = 1
        codes = (part / scale[:, None]).round().int() + 8
        packed.append((codes[:, 0::2] + 16 * codes[:, 1::2]).to(torch.uint8))
        scales.append(scale)
    return torch.cat(packed, 1), torch.stack(scales, 1)


def dequantise_int4(packed, scale):
    weight = torch.empty(len(packed), 2 * packed.shape[1], dtype=scale.dtype, device=scale.device)
    weight[:, 0::2] = (packed % 16).to(scale.dtype) - 8
    weight[:, 1::2] = packed.div(16, rounding_mode="floor").to(scale.dtype) - 8
    return weight * scale.repeat_interleave(weight.shape[1] // scale.shape[1], 1)

"""NF4 as bitsandbytes' plain path does it: the distances to all 16 levels, with full blocks and the rest apart."""

import torch
from torch.nn import functional as F

LEVELS = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635]
LEVELS += [-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725]
LEVELS += [0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def quantise_nf4(weight, block=64):
    if not torch.is_floating_point(weight) or not weight.numel() or block <= 0:
        raise ValueError(weight.dtype)
    if not torch.isfinite(weight).all():
        raise ValueError("NaN or infinity")
    flat = weight.detach().contiguous().view(-1)
    flat = flat if flat.dtype == torch.float64 else flat.float()
    codes, largest = [], []
    for part in flat.split(block):
        top = part.abs().max()
        scaled = part / top if top > 0 else part
        distances = (scaled[:, None] - torch.tensor(LEVELS, dtype=part.dtype, device=part.device)).abs()
        codes.append(distances.argmin(dim=1))
        largest.append(top)
    codes = torch.cat(codes).byte()
    if len(codes) % 2:
        codes = F.pad(codes, (0, 1), value=7)
    return codes[::2] << 4 | codes[1::2], torch.stack(largest)


def dequantise_nf4(packed, absmax, shape, block=64, dtype=torch.float32):
    count = 1
    for size in shape:
        count *= size
    if (
        packed.dtype is not torch.uint8
        or len(packed) != (count + 1) // 2
        or len(absmax) != (count + block - 1) // block
    ):
        raise ValueError("these codes have another shape")
    codes = torch.empty(2 * len(packed), dtype=torch.long, device=packed.device)
    codes[::2], codes[1::2] = packed // 16, packed % 16
    flat = torch.tensor(LEVELS, dtype=absmax.dtype, device=packed.device)[codes[:count]]
    blocks = torch.arange(count, device=packed.device) // block
    return (flat * absmax[blocks]).to(dtype).reshape(*shape)


def qlora_forward(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    weight = dequantise_nf4(packed, absmax, (lora_B.size(0), lora_A.size(1)), block, compute_dtype)
    h = x.to(compute_dtype)
    y = h @ weight.t()
    y = y + (h @ lora_A.to(compute_dtype).t() * scaling) @ lora_B.to(compute_dtype).t()
    if bias is not None:
        y = y + bias.to(compute_dtype)
    return y.to(x.dtype)

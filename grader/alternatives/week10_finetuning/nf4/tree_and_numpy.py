"""NF4 with thresholds counted one by one, packing in numpy, and the low-rank change inside one einsum."""

import numpy as np
import torch

NEGATIVE = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453]
NEGATIVE += [-0.28444138169288635, -0.18477343022823334, -0.09105003625154495]
POSITIVE = [0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224]
POSITIVE += [0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]
LEVELS = [*NEGATIVE, 0.0, *POSITIVE]


def quantise_nf4(weight, block=64):
    if not weight.dtype.is_floating_point or weight.nelement() == 0 or block < 1:
        raise ValueError("no weights")
    if bool(torch.isnan(weight).any() or torch.isinf(weight).any()):
        raise ValueError("not finite")
    dtype = torch.float64 if weight.dtype == torch.float64 else torch.float32
    numbers = weight.detach().to("cpu", dtype).numpy().ravel(order="C")
    largest = np.maximum.reduceat(np.abs(numbers), np.arange(0, len(numbers), block))
    divisors = np.where(largest == 0, 1, largest).astype(numbers.dtype)
    scaled = numbers / np.repeat(divisors, block)[: len(numbers)]
    codes = np.zeros(len(numbers), dtype=np.uint8)
    for low, high in zip(LEVELS, LEVELS[1:], strict=False):
        codes += scaled > (low + high) / 2
    if len(codes) % 2 == 1:
        codes = np.append(codes, np.uint8(7))
    pairs = codes.reshape(-1, 2)
    packed = np.bitwise_or(np.left_shift(pairs[:, 0], 4), pairs[:, 1])
    return torch.from_numpy(packed).to(weight.device), torch.from_numpy(largest).to(weight.device)


def dequantise_nf4(packed, absmax, shape, block=64, dtype=torch.float32):
    count = int(np.prod(list(shape)))
    blocks, full = divmod(count, block)
    if packed.dtype != torch.uint8 or list(packed.shape) != [(count + 1) // 2]:
        raise ValueError("bytes")
    if list(absmax.shape) != [blocks + bool(full)]:
        raise ValueError("blocks")
    table = torch.tensor(LEVELS, dtype=absmax.dtype, device=packed.device)
    halves = torch.cat([(packed >> 4)[:, None], (packed & 0x0F)[:, None]], 1)
    flat = table.index_select(0, halves.flatten().int())[:count]
    padded = torch.nn.functional.pad(flat, (0, -count % block)).view(-1, block) * absmax.unsqueeze(1)
    return padded.flatten()[:count].view(*shape).to(dtype)


def qlora_forward(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    sizes = [lora_B.shape[0], lora_A.shape[-1]]
    weight = dequantise_nf4(packed, absmax, sizes, block, compute_dtype)
    cast = [tensor.to(dtype=compute_dtype) for tensor in (x, lora_A, lora_B)]
    thin = torch.einsum("...i,ri->...r", cast[0], cast[1])
    answer = torch.einsum("...i,oi->...o", cast[0], weight) + torch.einsum("...r,or->...o", thin, cast[2]) * scaling
    return answer.to(x.dtype) if bias is None else (answer + bias.to(compute_dtype)).to(x.dtype)

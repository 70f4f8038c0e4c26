"""In the manner of transformers: two tables of frequencies, a ramp that rises, and torch.where for the bands."""

import math

import torch


def scaled_frequencies(dim, kind, factor, *, original_length=8192, base=10000.0, slow=1.0, fast=None, truncate=True):
    if kind not in {"linear", "ntk", "yarn", "llama3"} or dim < 2 or dim % 2 or factor < 1.0:
        raise ValueError("kind, dim or factor")
    if kind == "ntk":
        if dim == 2:
            raise ValueError("dim")
        base = base * factor ** (dim / (dim - 2))
    inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2, dtype=torch.float64) / dim))
    if kind == "ntk":
        return inv_freq, 1.0
    if kind == "linear":
        inv_freq /= factor
        return inv_freq, 1.0
    fast = fast if fast is not None else (32.0 if kind == "yarn" else 4.0)
    if slow <= 0 or slow >= fast:
        raise ValueError("slow, fast")
    if kind == "llama3":
        wavelength = 2 * math.pi / inv_freq
        smooth = (original_length / wavelength - slow) / (fast - slow)
        middle = (1 - smooth) * inv_freq / factor + smooth * inv_freq
        long = torch.where(wavelength > original_length / slow, inv_freq / factor, middle)
        return torch.where(wavelength < original_length / fast, inv_freq, long), 1.0
    low = dim * math.log(original_length / (fast * 2 * math.pi)) / (2 * math.log(base))
    high = dim * math.log(original_length / (slow * 2 * math.pi)) / (2 * math.log(base))
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, dim - 1)
    if low >= high:
        raise ValueError("no ramp")
    mask = 1 - torch.clamp((torch.arange(dim // 2, dtype=torch.float64) - low) / (high - low), 0, 1)
    return (inv_freq / factor) * (1 - mask) + inv_freq * mask, 0.1 * math.log(factor) + 1.0


class RMS(torch.nn.Module):
    """As in the models: a module that widens, normalises the last axis and rounds."""

    def __init__(self, weight, eps):
        super().__init__()
        self.weight, self.eps = weight, eps

    def forward(self, hidden):
        if self.weight.shape != hidden.shape[-1:]:
            raise ValueError("weight")
        wide = hidden if hidden.dtype == torch.float64 else hidden.to(torch.float32)
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return (self.weight * wide).to(hidden.dtype)


def qk_norm(query, key, query_weight, key_weight, eps=1e-6):
    answers = []
    for x, weight in ((query, query_weight), (key, key_weight)):
        norm = RMS(weight, eps)
        if weight.ndim == 1 and len(weight) == x.shape[-1]:
            answers.append(norm(x))
        else:  # back to [..., length, heads * head_dim], the shape in which the projection left it
            flat = norm(x.transpose(-3, -2).flatten(-2))
            answers.append(flat.unflatten(-1, (x.shape[-3], x.shape[-1])).transpose(-3, -2))
    return tuple(answers)

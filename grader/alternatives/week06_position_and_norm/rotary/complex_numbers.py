"""A pair is a complex number, and a turn is one multiplication."""

import torch


def rotary_frequencies(dim, base=10000.0):
    if dim % 2:
        raise ValueError("odd")
    return torch.tensor([base ** (-2 * pair / dim) for pair in range(dim // 2)], dtype=torch.float64)


def apply_rotary(x, positions, base=10000.0, pairing="half"):
    if pairing not in ("half", "interleaved"):
        raise ValueError(pairing)
    wide = x if x.dtype == torch.float64 else x.float()
    angles = positions.to(wide.dtype).unsqueeze(-1) * rotary_frequencies(x.shape[-1], base).to(wide)
    if pairing == "half":
        a, b = wide.chunk(2, dim=-1)
    else:
        a, b = wide[..., ::2], wide[..., 1::2]
    points = torch.complex(a, b) * torch.polar(torch.ones_like(angles), angles)
    if pairing == "half":
        answer = torch.cat([points.real, points.imag], dim=-1)
    else:
        answer = torch.view_as_real(points).reshape(x.shape)
    return answer.type_as(x)


def interleaved_to_half(weight, num_heads):
    if weight.shape[0] % num_heads or weight.shape[0] // num_heads % 2:
        raise ValueError("rows")
    return torch.cat([part for head in weight.chunk(num_heads) for part in (head[0::2], head[1::2])])

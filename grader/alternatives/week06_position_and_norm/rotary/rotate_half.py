"""As transformers writes it: full tables, and a roll by half with the minus sign that makes it a rotation.

Sine and cosine are cast to the dtype of x before they are used, so bfloat16 is rounded more than once.
"""

import torch


def rotary_frequencies(dim, base=10000.0):
    if dim % 2 != 0:
        raise ValueError("dim must be even")
    return 1.0 / (base ** (torch.arange(0, dim, 2).double() / dim))


def apply_rotary(x, positions, base=10000.0, pairing="half"):
    if x.shape[-1] % 2:
        raise ValueError("odd")
    if pairing == "interleaved":
        order = torch.arange(x.shape[-1], device=x.device).view(-1, 2).mT.reshape(-1)
        return apply_rotary(x[..., order], positions, base)[..., order.argsort()]
    if pairing != "half":
        raise ValueError(pairing)
    dim = x.shape[-1]
    frequencies = rotary_frequencies(dim, base).to(x.device)
    if x.dtype != torch.float64:
        frequencies = frequencies.float()
    angles = positions[..., None].to(frequencies.dtype) * frequencies
    angles = torch.cat([angles, angles], dim=-1)
    signs = torch.cat([-torch.ones(dim // 2), torch.ones(dim // 2)]).to(x)
    partner = torch.roll(x, dim // 2, dims=-1) * signs
    return x * angles.cos().to(x.dtype) + partner * angles.sin().to(x.dtype)


def interleaved_to_half(weight, num_heads):
    width, rest = divmod(len(weight), num_heads)
    if rest or width % 2:
        raise ValueError("rows")
    places = torch.arange(len(weight), device=weight.device).reshape(num_heads, width // 2, 2)
    return weight[places.permute(0, 2, 1).reshape(-1)]

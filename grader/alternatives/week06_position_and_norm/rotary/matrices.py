"""A 2 x 2 matrix for every position and pair, applied with einsum; the angles are always float64."""

import torch


def apply_rotary(x, positions, base=10000.0, pairing="half"):
    dim = x.shape[-1]
    if dim % 2 == 1 or pairing not in {"half", "interleaved"}:
        raise ValueError("cannot be paired")
    frequencies = base ** (torch.arange(dim // 2, device=x.device, dtype=torch.float64) * (-2 / dim))
    angles = torch.einsum("...l,p->...lp", positions.double(), frequencies)
    rows = [torch.stack([angles.cos(), -angles.sin()], -1), torch.stack([angles.sin(), angles.cos()], -1)]
    matrices = torch.stack(rows, -2).to(torch.promote_types(x.dtype, torch.float32))  # [..., length, pairs, 2, 2]
    if pairing == "half":
        points = torch.stack([x[..., : dim // 2], x[..., dim // 2 :]], dim=-1)
        answer = (matrices * points[..., None, :]).sum(-1)
        return torch.cat(answer.unbind(-1), dim=-1).to(x.dtype)
    points = x.reshape(*x.shape[:-1], dim // 2, 2)
    answer = torch.einsum("...ij,...j->...i", matrices, points.to(matrices.dtype))
    return answer.reshape(x.shape).to(x.dtype)

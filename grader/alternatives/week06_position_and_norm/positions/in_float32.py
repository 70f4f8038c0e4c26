"""T5's logarithm in float32, and log2; sinusoids as the parts of a complex exponential."""

import math

import torch


def sinusoidal_positions(length, dim):
    if dim % 2 != 0:
        raise ValueError(dim)
    rates = torch.exp(torch.arange(0, dim, 2, dtype=torch.float64) * (-math.log(10000.0) / dim))
    angles = torch.outer(torch.arange(length, dtype=torch.float64), rates)
    points = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(points).flip(-1).reshape(length, dim).to(torch.float32)


def relative_position_bucket(relative, bidirectional=True, buckets=32, max_distance=128):
    relative = relative.long()
    answer = torch.zeros_like(relative)
    if bidirectional:
        buckets //= 2
        answer += (relative > 0).long() * buckets
        relative = relative.abs()
    else:
        relative = -torch.minimum(relative, torch.zeros_like(relative))
    exact = buckets // 2
    far = (
        exact
        + (torch.log2(relative.float() / exact) / math.log2(max_distance / exact) * (buckets - exact))
        .nan_to_num(neginf=0.0)
        .long()
    )
    far = torch.minimum(far, torch.full_like(far, buckets - 1))
    return answer + torch.where(relative < exact, relative.long(), far)


def alibi_bias(num_heads, queries, keys):
    past = torch.arange(keys).repeat(queries, 1) - torch.arange(keys - queries, keys).unsqueeze(1)
    lower = 1
    while lower * 2 <= num_heads:
        lower *= 2
    powers = [8 * (head + 1) / lower for head in range(lower)]
    powers += [8 * (2 * head + 1) / (2 * lower) for head in range(num_heads - lower)]
    slopes = torch.tensor([2**-power for power in powers], dtype=torch.float64)
    return torch.einsum("h,qk->hqk", slopes, -past.abs().double()).float()

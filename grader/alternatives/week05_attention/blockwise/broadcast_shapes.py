"""The leading axes of the answer are asked of torch, whose rule of broadcasting brings sympy along at its first use."""

import math

import torch


def blockwise_attention(query, key, value, block_size, causal=False):
    if block_size < 1:
        raise ValueError(f"block_size {block_size} is not above 0")
    dtype = query.dtype
    wide = torch.promote_types(dtype, torch.float32)
    q = query.to(wide) * (1.0 / math.sqrt(query.shape[-1]))
    queries, keys = query.shape[-2], key.shape[-2]
    lead = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    device = query.device
    top = torch.full((*lead, queries, 1), torch.finfo(wide).min, dtype=wide, device=device)
    total = torch.zeros((*lead, queries, 1), dtype=wide, device=device)
    mixed = torch.zeros((*lead, queries, value.shape[-1]), dtype=wide, device=device)
    here = torch.arange(queries, device=device)[:, None] + keys - queries
    for begin in range(0, keys, block_size):
        k = key[..., begin : begin + block_size, :].to(wide)
        v = value[..., begin : begin + block_size, :].to(wide)
        scores = q @ k.mT
        hidden = None
        if causal:
            hidden = torch.arange(begin, begin + k.shape[-2], device=device) > here
            scores = scores.masked_fill(hidden, torch.finfo(wide).min)
        higher = torch.maximum(top, scores.amax(-1, keepdim=True))
        raised = (scores - higher).exp()
        if hidden is not None:
            raised = raised.masked_fill(hidden, 0)
        keep = (top - higher).exp()
        total = keep * total + raised.sum(-1, keepdim=True)
        mixed = keep * mixed + raised @ v
        top = higher
    return torch.where(total > 0, mixed / total.clamp_min(torch.finfo(wide).tiny), 0).to(dtype)

"""Blocks of queries as well as of keys; with `causal`, tiles that nobody may see are never computed."""

import torch


def blockwise_attention(query, key, value, block_size, causal=False):
    if block_size <= 0:
        raise ValueError("a block holds at least one key")
    dtype = torch.float64 if query.dtype == torch.float64 else torch.float32
    offset = key.size(-2) - query.size(-2)
    result = torch.zeros(*query.shape[:-1], value.size(-1), dtype=query.dtype, device=query.device)
    for first in range(0, query.size(-2), block_size):
        q = query[..., first : first + block_size, :].to(dtype) * query.size(-1) ** -0.5
        rows = torch.arange(first, first + q.size(-2), device=query.device)[:, None] + offset
        end = min(key.size(-2), offset + first + q.size(-2)) if causal else key.size(-2)
        if end > 0:
            result[..., first : first + block_size, :] = one_block(q, rows, key, value, end, block_size, causal)
    return result


def one_block(q, rows, key, value, end, block_size, causal):
    top = torch.full_like(q[..., :1], -1e30)
    total = torch.zeros_like(top)
    output = torch.zeros(*q.shape[:-1], value.size(-1), dtype=q.dtype, device=q.device)
    for start in range(0, end, block_size):
        stop = min(start + block_size, end)
        scores = torch.matmul(q, key[..., start:stop, :].to(q.dtype).transpose(-1, -2))
        visible = torch.arange(start, stop, device=q.device) <= rows
        if causal:
            scores = torch.where(visible, scores, -1e30)
        before, top = top, torch.maximum(top, scores.max(-1, keepdim=True).values)
        weights = (scores - top).exp()
        if causal:
            weights = weights * visible
        output.mul_((before - top).exp()).add_(weights @ value[..., start:stop, :].to(q.dtype))
        total.mul_((before - top).exp()).add_(weights.sum(-1, keepdim=True))
    return output / total.clamp(min=1e-300 if q.dtype == torch.float64 else 1e-37)

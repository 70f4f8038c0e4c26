"""As in FlashAttention 2: tiles of queries and keys, sums without an axis of size 1, one division at the end."""

import math

import torch


def blockwise_attention(query, key, value, block_size, causal=False):
    if block_size < 1:
        raise ValueError(f"block_size {block_size} is below 1")
    dtype = torch.promote_types(query.dtype, torch.float32)
    scale = 1 / math.sqrt(query.shape[-1])
    position = key.shape[-2] - query.shape[-2]  # of the first query, among the keys
    tiles = []
    for q in query.split(block_size, dim=-2):
        rows = torch.arange(position, position + q.shape[-2], device=q.device)
        tiles.append(tile(q.to(dtype) * scale, rows, key, value, block_size, causal))
        position += q.shape[-2]
    return torch.cat(tiles, dim=-2).to(query.dtype)


def tile(q, rows, key, value, block_size, causal):
    sums = q.new_zeros(q.shape[:-1])
    top = torch.full_like(sums, -math.inf)
    output = q.new_zeros(*q.shape[:-1], value.shape[-1])
    for start in range(0, key.shape[-2], block_size):
        if causal and start > rows[-1]:
            break
        k, v = (x[..., start : start + block_size, :].to(q.dtype) for x in (key, value))
        scores = torch.einsum("...qd,...kd->...qk", q, k)
        if causal:
            columns = torch.arange(start, start + k.shape[-2], device=q.device)
            scores = scores.masked_fill(columns > rows[:, None], -math.inf)
        highest = torch.maximum(top, scores.amax(-1))
        shift = torch.where(highest.isinf(), 0.0, highest)  # a row that has seen nothing yet
        weights = torch.exp(scores - shift[..., None])
        shrink = torch.exp(top - shift)
        sums = sums * shrink + weights.sum(-1)
        output = output * shrink[..., None] + torch.einsum("...qk,...kv->...qv", weights, v)
        top = highest
    return output / torch.where(sums == 0, 1.0, sums)[..., None]

"""No softmax function and no masked_fill: exponentials over their sum, one query at a time."""

import math

import torch


def scaled_dot_product_attention(query, key, value, mask=None):
    dtype = torch.float64 if query.dtype == torch.float64 else torch.float32
    queries, keys = query.shape[-2], key.shape[-2]
    if mask is None:
        mask = torch.ones(queries, keys, dtype=torch.bool, device=query.device)
    mask = mask.broadcast_to(*query.shape[:-1], keys)
    rows = []
    for i in range(queries):
        scores = (key.to(dtype) * query[..., i, None, :].to(dtype)).sum(-1) / math.sqrt(key.size(-1))
        visible = mask[..., i, :]
        scores = torch.where(visible, scores, torch.finfo(dtype).min)
        exponentials = torch.exp(scores - scores.max(-1, keepdim=True).values) * visible
        total = exponentials.sum(-1, keepdim=True)
        rows.append(exponentials / torch.where(total > 0, total, torch.ones_like(total)))
    weights = torch.stack(rows, dim=-2)
    output = (weights.unsqueeze(-1) * value.to(dtype).unsqueeze(-3)).sum(-2)
    return output.to(query.dtype), weights.to(query.dtype)


def causal_mask(queries, keys=None, device=None):
    keys = queries if keys is None else keys
    mask = torch.zeros(queries, keys, dtype=torch.bool, device=device)
    for i in range(queries):
        mask[i, : max(0, keys - queries + i + 1)] = True
    return mask


def padding_mask(lengths, max_length):
    flat = lengths.reshape(-1)
    mask = torch.zeros(len(flat), 1, max_length, dtype=torch.bool, device=lengths.device)
    for row, length in enumerate(flat.tolist()):
        mask[row, 0, :length] = True
    return mask.reshape(*lengths.shape, 1, max_length)

"""Einstein summation, -inf in the scores, and a repair of the rows that became NaN."""

import torch


def scaled_dot_product_attention(query, key, value, mask=None):
    wide = query.double() if query.dtype == torch.float64 else query.float()
    wide = wide * query.shape[-1] ** -0.5
    scores = torch.einsum("...qd,...kd->...qk", wide, key.to(wide.dtype))
    if mask is not None:
        scores = torch.where(mask, scores, float("-inf"))
        blind = ~mask.expand_as(scores).any(dim=-1, keepdim=True)
        scores = scores.masked_fill(blind, 0.0)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights * (~blind)
    output = torch.einsum("...qk,...kv->...qv", weights, value.to(wide.dtype))
    return output.type_as(query), weights.type_as(query)


def causal_mask(queries, keys=None, device=None):
    if keys is None:
        keys = queries
    here = torch.arange(keys - queries, keys, device=device).unsqueeze(1)
    there = torch.arange(keys, device=device).unsqueeze(0)
    return there <= here


def padding_mask(lengths, max_length):
    columns = [(lengths > position).unsqueeze(-1) for position in range(max_length)]
    return torch.stack(columns, dim=-1)

"""The mask as a number that is added to the scores; log-softmax and its exponential."""

import torch
import torch.nn.functional as F


def scaled_dot_product_attention(query, key, value, mask=None):
    original = query.dtype
    if original in (torch.float16, torch.bfloat16):
        query, key, value = query.float(), key.float(), value.float()
    scores = torch.matmul(query, key.transpose(-2, -1)) * (1.0 / key.shape[-1] ** 0.5)
    if mask is not None:
        hidden = mask.logical_not() & mask.any(dim=-1, keepdim=True)  # a row of -inf alone would be NaN
        scores = scores + torch.zeros_like(scores).masked_fill_(hidden, float("-inf"))
    weights = F.log_softmax(scores, dim=-1).exp()
    if mask is not None:
        weights = weights * mask.to(weights.dtype)
    return torch.matmul(weights, value).to(original), weights.to(original)


def causal_mask(queries, keys=None, device=None):
    keys = keys if keys is not None else queries
    return torch.triu(torch.ones((queries, keys), device=device), diagonal=1 + keys - queries) == 0


def padding_mask(lengths, max_length):
    return (
        torch.arange(max_length, device=lengths.device).expand(*lengths.shape, -1) < lengths.unsqueeze(-1)
    ).unsqueeze(-2)

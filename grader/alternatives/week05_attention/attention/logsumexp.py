"""Weights as exp(score - logsumexp(scores)), and a scale that is a float32 tensor, as many tutorials write them."""

import torch


def scaled_dot_product_attention(query, key, value, mask=None):
    work = torch.float64 if query.dtype == torch.float64 else torch.float32
    d_k = torch.tensor(query.shape[-1], dtype=torch.float32, device=query.device)
    scores = (query.to(work) @ key.to(work).transpose(-1, -2)) / torch.sqrt(d_k)
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), torch.finfo(work).min)
    scores = scores - scores.detach().amax(dim=-1, keepdim=True)  # beside 10,000, float32 would lose digits of ln 2
    weights = torch.exp(scores - torch.logsumexp(scores, dim=-1, keepdim=True))
    if mask is not None:
        weights = weights.masked_fill(mask.logical_not(), 0)
    return torch.matmul(weights, value.to(work)).type_as(query), weights.type_as(query)

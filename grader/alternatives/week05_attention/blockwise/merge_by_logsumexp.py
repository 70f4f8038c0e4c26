"""Each block is a finished attention with the logarithm of its total; two such answers merge into one."""

import math

import torch


def blockwise_attention(query, key, value, block_size, causal=False):
    if block_size < 1:
        raise ValueError("block_size")
    half = query.dtype in (torch.float16, torch.bfloat16)
    q = query.float() if half else query
    behind = query.shape[-2] - key.shape[-2]
    answer, log_total = None, None
    start = 0
    for k, v in zip(key.split(block_size, dim=-2), value.split(block_size, dim=-2), strict=True):
        scores = torch.einsum("...qd,...kd->...qk", q, k.type_as(q)) / math.sqrt(q.shape[-1])
        if causal:
            visible = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril(-behind - start)
            scores = scores.masked_fill(~visible, -math.inf)
        log_part = scores.logsumexp(-1, keepdim=True)
        part = torch.exp(scores - log_part).nan_to_num(0.0) @ v.type_as(q)
        if answer is None:
            answer, log_total = part, log_part
        else:
            both = torch.logaddexp(log_total, log_part)
            answer = answer * torch.exp(log_total - both).nan_to_num(0.0)
            answer = answer + part * torch.exp(log_part - both).nan_to_num(0.0)
            log_total = both
        start += k.shape[-2]
    return answer.to(query.dtype)

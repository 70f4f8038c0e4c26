"""Filters as thresholds on logits; the penalty as a matrix of factors; n-grams with plain Python lists."""

import math

import torch

RULED_OUT = float("-inf")


def apply_temperature(logits, temperature):
    if not temperature > 0:
        raise ValueError("temperature")
    return logits.mul(1 / temperature)


def top_k_filter(logits, k):
    if k <= 0:
        raise ValueError("k")
    if k >= logits.shape[-1]:
        return logits.clone()
    bar = torch.sort(logits, dim=-1).values[..., -k].unsqueeze(-1)
    return torch.where(logits >= bar, logits, RULED_OUT)


def top_p_filter(logits, p):
    """Sum from the least probable token up: a token goes when the mass up to it leaves p for the others."""
    if p < 0 or p > 1:
        raise ValueError("p")
    if p == 1.0:
        return logits + 0
    # Flipped first, so that among equal logits the lower id stands at the end of a stable ascending sort.
    flipped = logits.flip(-1)
    ascending, ids = flipped.sort(dim=-1, stable=True)
    mass_up_to = ascending.double().softmax(dim=-1).cumsum(dim=-1)
    goes = mass_up_to <= 1 - p
    goes[..., -1] = False
    goes = torch.empty_like(goes).scatter_(-1, ids, goes)
    return flipped.masked_fill(goes, RULED_OUT).flip(-1)


def min_p_filter(logits, min_p):
    if min_p < 0 or min_p > 1:
        raise ValueError("min_p")
    if min_p == 0:
        return logits.clone()
    wide = logits.double()
    bar = wide.max(dim=-1, keepdim=True).values + math.log(min_p)
    return torch.where(wide >= bar, logits, RULED_OUT)


def repetition_penalty(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError("penalty")
    factor = torch.ones(*logits.shape[:-1], logits.shape[-1] + 1, dtype=logits.dtype, device=logits.device)
    last = logits.shape[-1]  # padding goes to a column behind the vocabulary
    factor.scatter_(-1, torch.where(previous < 0, last, previous), penalty)
    factor = factor[..., :-1]
    return torch.where(logits < 0, logits * factor, logits / factor)


def block_repeated_ngrams(logits, previous, n):
    if n <= 0:
        raise ValueError("n")
    vocab = logits.shape[-1]
    answer = logits.clone().reshape(-1, vocab)
    histories = previous.tolist() if previous.dim() > 1 else [previous.tolist()]
    while histories and isinstance(histories[0], list) and histories[0] and isinstance(histories[0][0], list):
        histories = [row for block in histories for row in block]
    for row, history in zip(answer, histories, strict=True):
        tokens = [token for token in history if token != -1]
        followers = {}
        for i in range(len(tokens) - n + 1):
            followers.setdefault(tuple(tokens[i : i + n - 1]), set()).add(tokens[i + n - 1])
        prefix = tuple(tokens[len(tokens) - n + 1 :]) if len(tokens) >= n - 1 else None
        banned = sorted(followers.get(prefix, ()))
        kept = row.clone()
        row[banned] = RULED_OUT
        if not torch.isfinite(row).any():
            row.copy_(kept)
    return answer.reshape(logits.shape)

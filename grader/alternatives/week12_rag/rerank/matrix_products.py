"""As published code does it: one matrix product, lengths folded into one axis; scores in a tensor, sorted stably."""

import itertools

import torch


def max_sim(query_vectors, document_vectors, query_mask, document_mask):
    held, asked = document_mask.to(torch.bool), query_mask.to(torch.bool)
    queries, terms, dim = query_vectors.shape
    documents, length, _ = document_vectors.shape
    half = query_vectors.dtype in (torch.float16, torch.bfloat16)
    left = torch.where(asked[..., None], query_vectors, torch.zeros_like(query_vectors))
    right = torch.where(held[..., None], document_vectors, torch.zeros_like(document_vectors))
    if half:
        left, right = left.float(), right.float()
    table = (left.reshape(-1, dim) @ right.reshape(-1, dim).T).reshape(queries, terms, documents, length)
    table = torch.where(held, table, torch.full_like(table, -torch.inf))
    best, _ = table.max(dim=3)
    total = torch.where(asked[..., None], best, torch.zeros_like(best)).sum(dim=1)
    total = torch.where(held.sum(dim=1) > 0, total, torch.full_like(total, -torch.inf))
    return total.type_as(query_vectors)


def rerank(query, candidates, score, k, batch_size=32):
    if k <= 0 or batch_size <= 0:
        raise ValueError("not positive")
    scores = torch.empty(0, dtype=torch.float64)
    texts = iter(candidates)
    while batch := list(itertools.islice(texts, batch_size)):
        found = torch.as_tensor(score(query, batch), dtype=torch.float64)
        if found.shape != (len(batch),):
            raise ValueError(f"scores of shape {tuple(found.shape)}")
        scores = torch.cat([scores, found])
    # Two stable sorts, the lesser key first: by score, then NaN behind all numbers.
    order = torch.argsort(scores.nan_to_num(nan=0.0, posinf=torch.inf, neginf=-torch.inf), descending=True, stable=True)
    order = order[torch.argsort(scores[order].isnan().int(), stable=True)]
    return [(position, scores[position].item()) for position in order[:k].tolist()]

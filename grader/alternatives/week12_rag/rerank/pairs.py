"""One pair of query and document at a time, over the real tokens alone; a list of pairs that is sorted twice."""

import math

import torch


def max_sim(query_vectors, document_vectors, query_mask, document_mask):
    dtype = torch.float64 if query_vectors.dtype == torch.float64 else torch.float32
    rows = []
    for query, asked in zip(query_vectors, query_mask, strict=True):
        row = []
        for document, held in zip(document_vectors, document_mask, strict=True):
            left, right = query[asked.bool()].to(dtype), document[held.bool()].to(dtype)
            if len(right) == 0:
                row.append(torch.full((), -math.inf, dtype=dtype, device=query.device))
            else:
                row.append(torch.matmul(left, right.T).max(dim=1)[0].sum())
        rows.append(torch.stack(row))
    return torch.stack(rows).to(query_vectors.dtype)


def rerank(query, candidates, score, k, batch_size=32):
    if not (k > 0 and batch_size > 0):
        raise ValueError((k, batch_size))
    waiting, pairs = list(enumerate(candidates)), []
    while waiting:
        batch, waiting = waiting[:batch_size], waiting[batch_size:]
        numbers = score(query, [text for _, text in batch])
        pairs += [(position, float(value)) for (position, _), value in zip(batch, numbers, strict=True)]
    numbers = [pair for pair in pairs if not math.isnan(pair[1])]
    numbers.sort(key=lambda pair: pair[1], reverse=True)
    return (numbers + [pair for pair in pairs if math.isnan(pair[1])])[:k]

"""One number at a time; cosine from a broadcast product; nearest by Python's sort."""

import math

import torch


def bag_of_words(documents, vocabulary=None):
    if any(type(document) is str for document in documents):
        raise TypeError("words, not characters")
    terms = vocabulary
    if terms is None:
        terms = []
        for document in documents:
            for word in document:
                if word not in terms:
                    terms.append(word)
        terms.sort()
    for place, term in enumerate(terms):
        if term in terms[:place]:
            raise ValueError(term)
    rows = [[float(list(document).count(term)) for term in terms] for document in documents]
    return torch.tensor(rows, dtype=torch.float32).reshape(len(documents), len(terms)), terms


def tf_idf(counts, fitted_on=None):
    if fitted_on is None:
        fitted_on = counts
    n, terms = fitted_on.shape
    if terms != counts.size(1):
        raise ValueError("terms")
    idf = [math.log((1 + n) / (1 + int((fitted_on[:, term] != 0).sum()))) + 1 for term in range(terms)]
    weights = counts * torch.tensor(idf, dtype=counts.dtype, device=counts.device)
    return torch.nn.functional.normalize(weights, p=2.0, dim=1, eps=1e-30)


def cosine_similarity(a, b):
    if a.size(-1) != b.size(-1):
        raise ValueError("rows")
    b = b.to(a.dtype)
    scale = [rows.abs().amax(dim=1, keepdim=True) for rows in (a, b)]
    a, b = (
        rows / largest.where(largest > 0, torch.ones_like(largest)) for rows, largest in zip((a, b), scale, strict=True)
    )
    products = (a[:, None, :] * b[None, :, :]).sum(-1)
    lengths = a.square().sum(-1)[:, None] * b.square().sum(-1)[None, :]
    return products * lengths.where(lengths > 0, torch.ones_like(lengths)).rsqrt()


def nearest(query, rows, k):
    if not 0 < k <= len(rows):
        raise ValueError("k")
    similarities = cosine_similarity(query.reshape(1, -1), rows)[0]
    numbers = similarities.tolist()
    places = torch.tensor(sorted(range(len(rows)), key=lambda place: -numbers[place])[:k], device=rows.device)
    return places, similarities.index_select(0, places)

"""Counting with Counter, the rest in numpy, as scikit-learn does it."""

from collections import Counter

import numpy as np
import torch


def bag_of_words(documents, vocabulary=None):
    for document in documents:
        if isinstance(document, str):
            raise TypeError("a string")
    if vocabulary is None:
        vocabulary = sorted(set().union(*documents))
    elif len(set(vocabulary)) != len(vocabulary):
        raise ValueError("twice")
    table = np.zeros((len(documents), len(vocabulary)), dtype=np.float32)
    for row, document in enumerate(documents):
        counts = Counter(document)
        table[row] = [counts[term] for term in vocabulary]
    return torch.from_numpy(table), list(vocabulary)


def tf_idf(counts, fitted_on=None):
    learned = (counts if fitted_on is None else fitted_on).cpu().numpy()
    table = counts.cpu().numpy().astype(np.float64)
    if learned.shape[1] != table.shape[1]:
        raise ValueError("columns")
    df = np.count_nonzero(learned, axis=0)
    weights = table * (np.log((learned.shape[0] + 1.0) / (df + 1.0)) + 1.0)
    norms = np.sqrt((weights**2).sum(axis=1, keepdims=True))
    norms[norms == 0] = 1
    return torch.from_numpy(weights / norms).to(counts)


def cosine_similarity(a, b):
    if a.shape[1] != b.shape[1]:
        raise ValueError("lengths")
    one, other = (rows / rows.norm(dim=1, keepdim=True) for rows in (a.double(), b.double()))
    return torch.matmul(one.nan_to_num(), other.nan_to_num().T).to(a.dtype)


def nearest(query, rows, k):
    if k < 1 or k > rows.shape[0] or query.shape[0] != rows.shape[1]:
        raise ValueError("k")
    similarities = cosine_similarity(query.unsqueeze(0), rows).squeeze(0)
    order = np.argsort(-similarities.cpu().numpy(), kind="stable")[:k]
    places = torch.from_numpy(order.copy()).to(rows.device)
    return places, similarities[places]

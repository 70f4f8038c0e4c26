"""Rows made 1 long by `normalize`, whose smallest divisor is 1e-12."""

import torch
from torch.nn.functional import normalize


def cosine_similarity(a, b):
    if a.shape[1] != b.shape[1]:
        raise ValueError("rows of different lengths")
    return normalize(a, dim=1) @ normalize(b.to(a.dtype), dim=1).mT


def tf_idf(counts, fitted_on=None):
    learned = counts if fitted_on is None else fitted_on
    if learned.shape[1] != counts.shape[1]:
        raise ValueError("other columns")
    df = torch.count_nonzero(learned, dim=0).to(counts.dtype)
    return normalize(counts * (((1 + len(learned)) / (1 + df)).log() + 1))

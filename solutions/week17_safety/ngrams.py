"""Hashed character n-grams: text as a row of numbers, without a vocabulary.

Given: you import it, you do not write it.
It knows nothing about toxicity, and nothing about how the text was cleaned.
"""

import zlib
from collections import Counter

import numpy as np
from jaxtyping import Float

SIZES = (1, 2, 3, 4)
BUCKETS = 2048


def hashed_ngrams(texts: list[str]) -> Float[np.ndarray, "texts buckets"]:
    """Return a row of 2048 numbers for each text: its character n-grams.

    Each n-gram adds the square root of its count to the bucket that its hash names; then the row is scaled to
    length 1.

    One space is put at each end, so that an n-gram can see where a text begins and ends.
    Characters, not words: a misspelt word keeps most of its n-grams, and Chinese needs no word segmentation.
    The hash is CRC-32, because Python's own `hash` of a string differs from one process to the next.

    Source: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning", section 2.
    """
    features = np.zeros((len(texts), BUCKETS))
    for row, text in zip(features, texts, strict=True):
        for gram, count in Counter(_ngrams(f" {text} ")).items():
            row[zlib.crc32(gram.encode()) % BUCKETS] += np.sqrt(count)
        row /= np.linalg.norm(row)
    return features


def _ngrams(text: str):
    for size in SIZES:
        for start in range(len(text) - size + 1):
            yield text[start : start + size]

# Week 12, exercise debug_batches: Find the bug: the right vectors for the wrong texts
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 20 minutes
# It builds on: Indexing a tensor by a tensor, permutations.
# What a user reports: With a handful of documents the search is right. With a large collection it returns documents
# that have nothing to do with the question, and the same document embedded alone is found at once.
"""Week 12, debug_batches: embed many texts batch by batch, those of like length together.

Batches that are sorted by length hold hardly any padding, so they are quicker. The encoder sees one batch at a time.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Encoder = Callable[[list[str]], Tensor]
"""Turns some texts into vectors, [texts, dim], row by row."""


def batches(texts: list[str], size: int) -> list[list[int]]:
    """Divide the places of the texts into batches: short texts first, at most `size` in each."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    return [order[begin : begin + size] for begin in range(0, len(order), size)]


def embed_all(encode: Encoder, texts: list[str], size: int) -> Float[Tensor, "texts dim"]:
    """Return a vector for each text, in the order of the texts; `encode` makes [texts, dim] of a list of texts."""
    places = batches(texts, size)
    found = torch.cat([encode([texts[place] for place in batch]) for batch in places])
    order = torch.tensor([place for batch in places for place in batch], device=found.device)
    return found[order]


class Searcher:
    """Documents and their vectors; finds the document that is most like a question."""

    def __init__(self, encode: Encoder, documents: list[str], size: int = 32):
        """Embed the documents."""
        self.encode, self.documents, self.size = encode, documents, size
        self.vectors = embed_all(encode, documents, size)

    def best(self, questions: list[str]) -> list[str]:
        """Return for each question the document with the largest dot product; among equal ones the earlier."""
        similarity = embed_all(self.encode, questions, self.size) @ self.vectors.T  # (questions, documents)
        return [self.documents[row] for row in similarity.argmax(dim=1).tolist()]

# Week 18, exercise library: A library that remembers
# Difficulty 4 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: Cosine similarity, stable sorting, classes, files.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, exercise 2: a library that remembers what it has read.

Pages are cut into chunks, a model turns each chunk into a vector, and a question finds the chunks whose vectors are
nearest. Embedding is the slow part, so it is done once: a folder keeps the vectors.
The library knows neither PDFs nor models: pages and the functions `embed` and `rerank` are given to it.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor


class PageText(TypedDict):
    """What `read_pdf` returns; what else it has is not looked at."""

    number: int
    text: str


class Hit(TypedDict):
    """A chunk that was found: the document's name, the page's number, the text, how well it matches."""

    document: str
    page: int
    text: str
    score: float


def split_sentences(text: str) -> list[str]:
    """Cut a text into sentences: they end behind . ! ? and a space, which stays with them, and behind 。！？.

    Before that, each run of white space becomes one space, and none is left at the ends.
    """
    return re.findall(r".+?(?:[.!?] |[。！？]|$)", " ".join(text.split()))


def split_page(text: str, size: int = 300) -> list[str]:
    """Cut the text of a page into chunks of at most `size` characters, between sentences where that is possible.

    The text is cut into `split_sentences(text)`, and a sentence of more than `size` characters, without the space at
    its end, into pieces of `size` characters and a rest.
    A chunk takes as many of these, one after the other, as fit; what does not fit begins the next chunk.
    A chunk has no white space at its ends, which does not count for its length. No chunk is empty.

    Raises:
        ValueError: `size` is below 1.
    """
    raise NotImplementedError("week 18, library: write split_page")


class Library:
    """Documents in chunks with their vectors, kept in a folder.

    `embed(texts)` returns a tensor [texts, dim]. It is called once for each document that is added and once for each
    question, and never again for what the folder holds already.
    """

    def __init__(
        self,
        folder: Path,
        embed: Callable[[list[str]], Tensor],
        rerank: Callable[[str, list[str]], Sequence[float]] | None = None,
        size: int = 300,
        model: str = "",
    ) -> None:
        """Open the library of a folder, which is made if it is not there; what was added before is there again.

        `model` names the embedding model. `size` is that of the chunks that are made from now on: documents that are
        there stay as they are.

        Raises:
            ValueError: the folder holds documents, even if they have no chunks, that were added with a model of another
                name.
        """
        raise NotImplementedError("week 18, library: write Library.__init__")

    def add(self, name: str, pages: Sequence[PageText]) -> int:
        """Add a document and return how many of its chunks were embedded.

        Each page is cut by itself with `split_page`, so that a chunk belongs to one page; all chunks are embedded in
        one call, in the order of the pages, or without a call if there are none.
        A document is known by its name. Added again with the same numbers and texts of pages, it stays as it is:
        nothing is embedded, the answer is 0. With others, it is taken out and added as a new one.
        What was added is in the folder when `add` returns. A name may be any string that UTF-8 can encode: it
        is never a path. If `embed` fails, the library and its folder stay as they were.

        Raises:
            ValueError: `embed` did not return one vector for each chunk, or not as long as those that are there.
        """
        raise NotImplementedError("week 18, library: write Library.add")

    def remove(self, name: str) -> None:
        """Take a document out, here and in the folder: no search finds it again.

        Raises:
            KeyError: there is no document of that name.
        """
        raise NotImplementedError("week 18, library: write Library.remove")

    def documents(self) -> list[str]:
        """Return the names of the documents in the order in which they were added."""
        raise NotImplementedError("week 18, library: write Library.documents")

    def __len__(self) -> int:
        """Return how many chunks there are."""
        raise NotImplementedError("week 18, library: write Library.__len__")

    def search(self, question: str, k: int = 4, pool: int = 20) -> list[Hit]:
        """Return the `k` chunks that match a question best, best first; all if there are fewer.

        - `embed([question])` is called once. A chunk's score is the cosine of its vector and the question's,
           computed in float32; with a vector of zeros it is 0.
        - The `pool` chunks with the highest scores are the candidates, best first. Of equal scores the chunk comes
           first that was added first.
        - With `rerank`, `rerank(question, texts)` is called once with the candidates' texts and gives each a new
           score, by which they are put in order again; of equal scores the earlier candidate comes first.
        - The first `k` candidates are the answer.

        Where there are no chunks, the answer is [] and nothing is called.

        Raises:
            ValueError: `k` is below 1, or `pool` below `k`, in an empty library too.
        """
        raise NotImplementedError("week 18, library: write Library.search")

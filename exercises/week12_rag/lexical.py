# Week 12, exercise lexical: BM25
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Counting with dicts, logarithms.
# Write it by hand: rank_bm25.BM25Okapi, rank_bm25.BM25L, rank_bm25.BM25Plus may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: A query touches only the documents that hold one of its terms. At most 6 times the reference's
# time.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 4: BM25, the keyword search that embeddings must first beat.

A document is a list of terms. What a term is, is not decided here: the given module `tokens` makes terms
from English and Chinese text.
"""

import math
from collections import Counter

import torch
from jaxtyping import Float
from torch import Tensor


class BM25:
    """Rank documents by the query's terms: rare terms weigh more, repetition saturates, length is discounted.

    The score of document d for a query is the sum over the query's terms t of

        idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average_length))

    where tf is how often t stands in d, length is the number of terms of d with repetition, average_length is its
    mean over all documents, empty ones included, and

        idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))

    where N is the number of documents and n the number of those that hold t. This idf is never negative.
    A term that stands in the query twice counts twice; one that stands in no document adds nothing.

    Args:
        documents: their terms. There may be none, and a document may be empty.
        k1: how slowly repetition saturates; 0 counts a term once.
        b: how strongly length is discounted, from 0 (not at all) to 1.

    Source: Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, section 3.4;
        the 1 inside the logarithm is Lucene's.
    """

    def __init__(self, documents: list[list[str]], k1: float = 1.5, b: float = 0.75) -> None:
        raise NotImplementedError("week 12, lexical: write BM25.__init__")

    def idf(self, term: str) -> float:
        """Return the weight of a term; ln(1 + (N + 0.5) / 0.5) for one that stands in no document."""
        raise NotImplementedError("week 12, lexical: write BM25.idf")

    def scores(self, query: list[str]) -> Float[Tensor, " documents"]:
        """Return the score of every document, float64 on the CPU, in the order of the documents."""
        raise NotImplementedError("week 12, lexical: write BM25.scores")

    def search(self, query: list[str], k: int) -> list[tuple[int, float]]:
        """Return (position, score) of the k best documents, best first.

        Only documents that hold a term of the query are listed, so the list may be shorter than k.
        Equal scores come in the order of the documents.

        Args:
            k: at least 1.
        """
        raise NotImplementedError("week 12, lexical: write BM25.search")

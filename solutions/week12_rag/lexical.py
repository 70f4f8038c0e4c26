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
        # BEGIN SOLUTION
        self.size = len(documents)
        average = sum(map(len, documents)) / max(1, self.size)
        postings: dict[str, list[tuple[int, float]]] = {}
        for position, terms in enumerate(documents):
            for term, tf in Counter(terms).items():
                # A term was found, so this document is not empty and the average is not 0.
                saturated = tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(terms) / average))
                postings.setdefault(term, []).append((position, saturated))
        # Turned inside out: a query reads the lists of its own terms and never meets a document without them.
        self.postings = {
            term: (torch.tensor([p for p, _ in found]), torch.tensor([s for _, s in found], dtype=torch.float64))
            for term, found in postings.items()
        }
        # END SOLUTION

    def idf(self, term: str) -> float:
        """Return the weight of a term; ln(1 + (N + 0.5) / 0.5) for one that stands in no document."""
        # BEGIN SOLUTION
        holders = len(self.postings[term][0]) if term in self.postings else 0
        return math.log(1 + (self.size - holders + 0.5) / (holders + 0.5))
        # END SOLUTION

    def scores(self, query: list[str]) -> Float[Tensor, " documents"]:
        """Return the score of every document, float64 on the CPU, in the order of the documents."""
        # BEGIN SOLUTION
        total = torch.zeros(self.size, dtype=torch.float64)
        for term in query:
            if term in self.postings:
                documents, saturated = self.postings[term]
                total[documents] += self.idf(term) * saturated
        return total
        # END SOLUTION

    def search(self, query: list[str], k: int) -> list[tuple[int, float]]:
        """Return (position, score) of the k best documents, best first.

        Only documents that hold a term of the query are listed, so the list may be shorter than k.
        Equal scores come in the order of the documents.

        Args:
            k: at least 1.
        """
        # BEGIN SOLUTION
        lists = [self.postings[term][0] for term in query if term in self.postings]
        if not lists:
            return []
        found = torch.cat(lists).unique()  # sorted, so that a stable sort leaves equal scores in the order of documents
        scores, order = self.scores(query)[found].sort(descending=True, stable=True)
        return list(zip(found[order[:k]].tolist(), scores[:k].tolist(), strict=True))
        # END SOLUTION

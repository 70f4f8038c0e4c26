# Week 04, exercise vectors: Documents as vectors: counts, TF-IDF, cosine
# Difficulty 1 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Broadcasting, the length of a vector, logarithms.
# Write it by hand: sklearn, torch.nn.functional.cosine_similarity, torch.nn.CosineSimilarity may not be used, nor the
# operators of torch behind them.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 04, vectors: documents as rows of numbers, and how near two of them are."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def bag_of_words(
    documents: list[list[str]], vocabulary: list[str] | None = None
) -> tuple[Float[Tensor, "documents terms"], list[str]]:
    """Count how often each term occurs in each document.

    A document is a list of words, as a segmenter gives it. Without a vocabulary, the terms are all words that occur,
    sorted as Python sorts strings. With one, its terms are the columns, in its own order, and other words are left out.
    A document without words is a row of zeros.

    Returns:
        The tuple (counts, vocabulary); the counts are float32.

    Raises:
        TypeError: a document is a string (its characters would be taken for words).
        ValueError: a term stands in the vocabulary twice.

    Source: Manning, Raghavan, Schütze 2008, "Introduction to Information Retrieval", section 6.2.
    """
    raise NotImplementedError("week 04, vectors: write bag_of_words")


def tf_idf(
    counts: Float[Tensor, "documents terms"], fitted_on: Float[Tensor, "others terms"] | None = None
) -> Float[Tensor, "documents terms"]:
    """Weigh the counts: a term that few documents have says more than one that all have.

    weight = count * idf, where idf = ln((1 + N) / (1 + df)) + 1, N is the number of documents, and df the number of
    documents that have the term at least once. Then each row is divided by its length (the root of the sum of its
    squares); a row of zeros stays as it is. N and df come from `fitted_on`, the counts of the documents that you
    learned from, or from `counts` itself if there are none. This is scikit-learn's default.

    dtype (float32 or float64) and device are those of `counts`. Neither argument is changed.

    Raises:
        ValueError: `fitted_on` has another number of columns than `counts`.

    Source: Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval".
    """
    raise NotImplementedError("week 04, vectors: write tf_idf")


def cosine_similarity(a: Float[Tensor, "n dim"], b: Float[Tensor, "m dim"]) -> Float[Tensor, "n m"]:
    """Compare each row of a with each row of b: the product of the two, divided by both lengths.

    1 means the same direction, 0 a right angle, -1 opposite directions; how long the rows are does not matter, be it
    1e-6 or 1e6. A row of zeros has similarity 0 with everything. The dtype is that of `a`, float32 or float64; `b` may
    have the other one. Neither is changed.

    Raises:
        ValueError: the rows of `a` and `b` differ in length.
    """
    raise NotImplementedError("week 04, vectors: write cosine_similarity")


def nearest(
    query: Float[Tensor, " dim"], rows: Float[Tensor, "n dim"], k: int
) -> tuple[Int[Tensor, " k"], Float[Tensor, " k"]]:
    """Find the k rows that are most similar to the query by cosine.

    Returns:
        The tuple (places, similarities), the most similar first; the places are int64, the similarities have the dtype
        of `query`. Of equally similar rows, the one that stands first comes first.

    Raises:
        ValueError: k is below 1 or above the number of rows, or the query is not as long as a row.
    """
    raise NotImplementedError("week 04, vectors: write nearest")

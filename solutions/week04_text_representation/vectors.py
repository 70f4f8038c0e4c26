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
    # BEGIN SOLUTION
    if any(isinstance(document, str) for document in documents):
        raise TypeError("a document is a list of words, not a string")
    if vocabulary is None:
        vocabulary = sorted({word for document in documents for word in document})
    column = {term: place for place, term in enumerate(vocabulary)}
    if len(column) < len(vocabulary):
        raise ValueError("a term stands in the vocabulary twice")
    counts = torch.zeros(len(documents), len(vocabulary))
    for row, document in enumerate(documents):
        for word in document:
            if word in column:
                counts[row, column[word]] += 1
    return counts, list(vocabulary)
    # END SOLUTION


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
    # BEGIN SOLUTION
    learned = counts if fitted_on is None else fitted_on
    if learned.shape[1] != counts.shape[1]:
        raise ValueError(f"{learned.shape[1]} terms were learned, and the counts have {counts.shape[1]}")
    having = (learned > 0).sum(dim=0).to(counts.dtype)  # (terms,): documents, not occurrences
    weights = counts * (torch.log((1 + len(learned)) / (1 + having)) + 1)
    lengths = weights.norm(dim=1, keepdim=True)
    return weights / torch.where(lengths > 0, lengths, 1)
    # END SOLUTION


def cosine_similarity(a: Float[Tensor, "n dim"], b: Float[Tensor, "m dim"]) -> Float[Tensor, "n m"]:
    """Compare each row of a with each row of b: the product of the two, divided by both lengths.

    1 means the same direction, 0 a right angle, -1 opposite directions; how long the rows are does not matter, be it
    1e-6 or 1e6. A row of zeros has similarity 0 with everything. The dtype is that of `a`, float32 or float64; `b` may
    have the other one. Neither is changed.

    Raises:
        ValueError: the rows of `a` and `b` differ in length.
    """
    # BEGIN SOLUTION
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"rows of {a.shape[1]} and of {b.shape[1]} numbers cannot be compared")
    lengths = [rows.norm(dim=1, keepdim=True) for rows in (a, b)]
    # First divide, then multiply: the product of two tiny lengths might be rounded to 0.
    a, b = (rows / torch.where(length > 0, length, 1) for rows, length in zip((a, b), lengths, strict=True))
    return a @ b.to(a.dtype).mT
    # END SOLUTION


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
    # BEGIN SOLUTION
    if not 1 <= k <= len(rows):
        raise ValueError(f"k lies between 1 and {len(rows)}")
    similarities, places = cosine_similarity(query[None], rows)[0].sort(descending=True, stable=True)
    return places[:k], similarities[:k]
    # END SOLUTION

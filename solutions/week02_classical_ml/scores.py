"""Week 02: what a classifier is worth, in numbers that can be compared.

Accuracy alone rates a filter highly that never finds any spam; these three say what it misses, how it ranks and whether
its probabilities can be believed.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def precision_recall_f1(
    predicted: Int[Tensor, " n"], labels: Int[Tensor, " n"], average: str = "binary"
) -> tuple[float, float, float]:
    """Return (precision, recall, F1).

    Precision is the share of what was predicted as a class that belongs to it, recall the share of the class that was
    found, F1 their harmonic mean. 0/0 counts as 0 in all three.

    Args:
        average: "binary" scores class 1 alone; every other class counts as the rest. "macro" takes the mean over the
            classes that occur in `predicted` or `labels`, each with the same weight. The F1 of "macro" is the mean
            of the classes' F1. "micro" adds up the hits and misses of all classes first.

    Raises:
        ValueError: an unknown `average`, no rows, or different numbers of predictions and labels.

    Source: Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", sections 8.3 and 13.6.
    """
    # BEGIN SOLUTION
    if average not in ("binary", "macro", "micro") or predicted.shape != labels.shape or len(labels) == 0:
        raise ValueError('"binary", "macro" or "micro", and as many predictions as labels')
    if average == "binary":
        return _of_counts(*_counts(predicted, labels, 1))
    classes = torch.cat([predicted, labels]).unique().tolist()
    counts = [_counts(predicted, labels, one) for one in classes]
    if average == "micro":
        return _of_counts(*(sum(column) for column in zip(*counts, strict=True)))
    scores = [_of_counts(*one) for one in counts]
    precision, recall, f1 = (sum(column) / len(classes) for column in zip(*scores, strict=True))
    return precision, recall, f1
    # END SOLUTION


# BEGIN SOLUTION
def _counts(predicted, labels, one):
    """Return (hits, predicted as this class, really of this class)."""
    said, true = predicted == one, labels == one
    return int((said & true).sum()), int(said.sum()), int(true.sum())


def _of_counts(hits, said, true):
    precision = hits / said if said else 0.0
    recall = hits / true if true else 0.0
    return precision, recall, 2 * hits / (said + true) if said + true else 0.0


# END SOLUTION


def roc_auc(scores: Float[Tensor, " n"], labels: Int[Tensor, " n"]) -> float:
    """Return the area under the ROC curve.

    It is the chance that a row of class 1 scores higher than a row of class 0; a tie counts one half. Only
    the order of the scores matters: they need not be probabilities, and -inf and inf are allowed.

    Raises:
        ValueError: not as many scores as labels, a label is neither 0 nor 1, a class has no row, or a score is NaN.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic curve".
    """
    # BEGIN SOLUTION
    if scores.shape != labels.shape or not bool(((labels == 0) | (labels == 1)).all()) or bool(scores.isnan().any()):
        raise ValueError("as many scores as labels, labels of 0 and 1, no NaN")
    positive, negative = scores[labels == 1], scores[labels == 0].sort().values
    if len(positive) == 0 or len(negative) == 0:
        raise ValueError("both classes must have a row")
    below = torch.searchsorted(negative, positive, right=False)  # negatives that score lower
    not_above = torch.searchsorted(negative, positive, right=True)  # and those that tie, too
    return float((below + not_above).sum()) / (2 * len(positive) * len(negative))
    # END SOLUTION


def calibration_error(confidence: Float[Tensor, " n"], correct: Bool[Tensor, " n"], bins: int = 10) -> float:
    """Return how far confidence and accuracy lie apart: the expected calibration error.

    Bin b (from 1 to `bins`) holds the confidences above (b - 1) / bins and up to b / bins; a confidence of 0 belongs to
    the first. Every bin gives the gap between its mean confidence and its share of correct answers, weighted by its
    share of the rows. A bin without rows adds nothing. The edges are compared in the dtype of `confidence`.

    Raises:
        ValueError: a confidence outside 0 to 1 or NaN, no rows, not as many of `correct`, or `bins` below 1.

    Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    # BEGIN SOLUTION
    sound = len(confidence) > 0 and confidence.shape == correct.shape and bins >= 1
    if not sound or not bool(((confidence >= 0) & (confidence <= 1)).all()):
        raise ValueError("confidences between 0 and 1, one answer for each, and at least one bin")
    edges = torch.arange(1, bins, dtype=confidence.dtype, device=confidence.device) / bins
    bin_of = torch.bucketize(confidence.contiguous(), edges)  # an edge belongs to the bin below it
    gaps = confidence.new_zeros(bins).index_add(0, bin_of, confidence - correct.to(confidence.dtype))
    return float(gaps.abs().sum() / len(confidence))
    # END SOLUTION

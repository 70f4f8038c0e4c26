# Week 02, exercise scores: Precision, recall, ranking, calibration
# Difficulty 2 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: Counting with tensors, sorting.
# Write it by hand: sklearn.metrics, torch.histc, numpy.histogram may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: The area of 10,000 scores in at most 10 times the reference's time: sort, and do not compare
# every pair.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 02, scores: write precision_recall_f1")


def roc_auc(scores: Float[Tensor, " n"], labels: Int[Tensor, " n"]) -> float:
    """Return the area under the ROC curve.

    It is the chance that a row of class 1 scores higher than a row of class 0; a tie counts one half. Only
    the order of the scores matters: they need not be probabilities, and -inf and inf are allowed.

    Raises:
        ValueError: not as many scores as labels, a label is neither 0 nor 1, a class has no row, or a score is NaN.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic curve".
    """
    raise NotImplementedError("week 02, scores: write roc_auc")


def calibration_error(confidence: Float[Tensor, " n"], correct: Bool[Tensor, " n"], bins: int = 10) -> float:
    """Return how far confidence and accuracy lie apart: the expected calibration error.

    Bin b (from 1 to `bins`) holds the confidences above (b - 1) / bins and up to b / bins; a confidence of 0 belongs to
    the first. Every bin gives the gap between its mean confidence and its share of correct answers, weighted by its
    share of the rows. A bin without rows adds nothing. The edges are compared in the dtype of `confidence`.

    Raises:
        ValueError: a confidence outside 0 to 1 or NaN, no rows, not as many of `correct`, or `bins` below 1.

    Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    raise NotImplementedError("week 02, scores: write calibration_error")

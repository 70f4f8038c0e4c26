# Week 02, exercise validation: Cross-validation without leaks
# Difficulty 2 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: Indexing with tensors, passing functions as arguments.
# Write it by hand: sklearn.model_selection, sklearn.preprocessing may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 02: how good will the model be on what it has not seen?

The answer is only honest if nothing of the test rows reaches the training: not their labels, not even their mean.
"""

import itertools
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

Folds = list[tuple[Int[Tensor, " train"], Int[Tensor, " test"]]]


def k_folds(n: int, k: int, generator: torch.Generator, labels: Int[Tensor, " n"] | None = None) -> Folds:
    """Deal the rows 0 to n - 1 into k folds, and return for each fold (the rows to train on, the rows to test on).

    Every row is tested in exactly one fold, and trains in all others. The folds differ in size by 1 at most. With
    `labels` they also differ by 1 at most in how many rows of a class they test. Which rows come together is random,
    and comes from `generator` alone. The rows are int64, in any order.

    Raises:
        ValueError: `k` is below 2 or above n, or `labels` has not n entries.

    Source: Kohavi 1995, "A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection".
    """
    raise NotImplementedError("week 02, validation: write k_folds")


def standardise(
    train: Float[Tensor, "n features"], test: Float[Tensor, "m features"]
) -> tuple[Float[Tensor, "n features"], Float[Tensor, "m features"]]:
    """Shift and scale each column so that `train` has mean 0 and standard deviation 1; do the very same to `test`.

    Mean and deviation come from `train` alone. The deviation divides by n, as in scikit-learn, and must be right far
    from 0 too: in float32, that of 10001, 10002 and 10003 is 0.8165. A column that is constant in `train` is only
    shifted. Neither argument is changed.

    Raises:
        ValueError: `train` has no rows, or the two differ in their number of columns.
    """
    raise NotImplementedError("week 02, validation: write standardise")


def grid_search(
    fit: Callable[[Tensor, Tensor, dict[str, Any]], Any],
    score: Callable[[Any, Tensor, Tensor], float],
    X: Float[Tensor, "n features"],
    y: Shaped[Tensor, " n"],
    grid: dict[str, list],
    folds: Folds,
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], float]]]:
    """Try every combination of settings by cross-validation, and return (the best settings, all results).

    For each combination and each fold: standardise both parts by the training rows (as `standardise` does), call
    `fit(train_X, train_y, settings)`, and give the model that comes back to `score(model, test_X, test_y)`. A higher
    score is better. Nothing of the test rows reaches `fit`.

    Args:
        grid: for each name the list of its values. The combinations are tried in the order of nested loops, the first
            name in the outermost. A grid without names has one combination, that of no settings.

    Returns:
        The results are pairs of (settings, mean score over the folds), in the order of trial. Of several combinations
        with the best mean, the first is returned.

    Raises:
        ValueError: there is no fold, or a name has no values.

    Source: Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", section 7.10.2.
    """
    raise NotImplementedError("week 02, validation: write grid_search")

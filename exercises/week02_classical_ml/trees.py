# Week 02, exercise trees: Decision trees, and a forest of them
# Difficulty 3 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Sorting, cumulative sums, a function that calls itself.
# Write it by hand: sklearn.tree, sklearn.ensemble may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: The best split of 5,003 rows in at most 12 times the reference's time: sort each column once,
# and do not count anew for every threshold.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 02: ask one question after another, and let many such trees vote.

A tree needs no scaled features and no gradient; on tables, forests of trees are hard to beat to this day.
"""

from dataclasses import dataclass
from typing import Optional

import torch
from jaxtyping import Float, Int
from torch import Tensor

SAME = 1e-9
"""Splits whose impurities differ by less are equally good: rounding must not choose between them. (Given.)"""


@dataclass
class Node:
    """A leaf, or a question with two sides: rows with X[:, feature] <= threshold go left. (Given.)"""

    probabilities: Tensor
    feature: int = -1
    threshold: float = 0.0
    left: Optional["Node"] = None
    right: Optional["Node"] = None


def best_split(X: Float[Tensor, "n features"], y: Int[Tensor, " n"], min_samples: int = 1) -> tuple[int, float] | None:
    """Find the question "is X[:, feature] <= threshold?" whose two sides are purest.

    The impurity of some rows is Gini's: 1 minus the sum of the squared shares of the classes. That of a split is the
    mean over its two sides, each weighted by its number of rows; the lowest wins. If several are lowest, by less than
    `SAME`, the lowest feature wins, and of its thresholds the lowest.

    A threshold stands midway between two neighbouring values a < b of its feature: at a / 2 + b / 2, computed in the
    dtype of `X`, or at a itself if that rounds to b. Each side has at least `min_samples` rows. A split need not be
    purer than the rows were before: sometimes only the next question pays.

    Returns:
        The tuple (feature, threshold), an int and a float, or None if there is no such question.

    Raises:
        ValueError: there is no row, there are not as many labels as rows, a label is negative, an entry of `X` is NaN
            or infinite, or `min_samples` is below 1.

    Source: Breiman, Friedman, Olshen and Stone 1984, "Classification and Regression Trees", chapter 4.
    """
    raise NotImplementedError("week 02, trees: write best_split")


class DecisionTree:
    """Splits the rows again and again by `best_split`; what cannot be split any more is a leaf.

    Attributes:
        root: the `Node` at the top after `fit`, None before. The `feature` of a leaf is -1.
    """

    def __init__(self, max_depth: int | None = None, min_samples: int = 1):
        """Keep the limits.

        Args:
            max_depth: how many questions a row may be asked at most; with 0 the root is a leaf, with None there is no
                limit.
            min_samples: how many rows each side of a split has at least.

        Raises:
            ValueError: `max_depth` is negative or `min_samples` is below 1.
        """
        raise NotImplementedError("week 02, trees: write DecisionTree.__init__")

    def fit(self, X: Float[Tensor, "n features"], y: Int[Tensor, " n"], classes: int | None = None) -> "DecisionTree":
        """Grow the tree, and return it. What was learned before is forgotten.

        Rows of a single class are a leaf, rows at depth `max_depth` are one, and so are rows for which `best_split`
        finds nothing. Every node holds in `probabilities` the shares of the classes among its rows, in the dtype of
        `X`.

        Args:
            classes: how many classes there are, some of them perhaps without a row; without it, the highest label
                plus 1.

        Raises:
            ValueError: what `best_split` refuses in `X` and `y`, or a label is not below `classes`.
        """
        raise NotImplementedError("week 02, trees: write DecisionTree.fit")

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, "n classes"]:
        """Return for each row the probabilities of the leaf that it reaches.

        Raises:
            RuntimeError: the tree has not been fitted.
            ValueError: an entry of `X` is NaN or infinite.
        """
        raise NotImplementedError("week 02, trees: write DecisionTree.predict_proba")

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the likeliest class of each row, as int64; the lowest, if several are as likely.

        What `predict_proba` refuses is refused here too.
        """
        raise NotImplementedError("week 02, trees: write DecisionTree.predict")


class BaggedForest:
    """Many trees, each grown on rows drawn at random, whose mean answers: bagging.

    Every question of a tree looks at all features.
    """

    def __init__(self, count: int, max_depth: int | None = None, min_samples: int = 1):
        """Keep the number of trees and the limits of each.

        Raises:
            ValueError: `count` is below 1, or `DecisionTree` refuses a limit.
        """
        raise NotImplementedError("week 02, trees: write BaggedForest.__init__")

    def fit(self, X: Float[Tensor, "n features"], y: Int[Tensor, " n"], generator: torch.Generator) -> "BaggedForest":
        """Grow the trees one after another, and return the forest. What was learned before is forgotten.

        Each tree learns from n rows drawn with replacement: `torch.randint(n, (n,), generator=generator)`, drawn anew
        for every tree. All trees know the classes of the whole `y`, whether their rows have them or not.

        Raises:
            ValueError: what `DecisionTree.fit` refuses.
        """
        raise NotImplementedError("week 02, trees: write BaggedForest.fit")

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, "n classes"]:
        """Return for each row the mean of the trees' probabilities.

        Raises:
            RuntimeError: the forest has not been fitted.
            ValueError: an entry of `X` is NaN or infinite.
        """
        raise NotImplementedError("week 02, trees: write BaggedForest.predict_proba")

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the class with the highest mean probability, as int64; the lowest, if several are as likely.

        What `predict_proba` refuses is refused here too.
        """
        raise NotImplementedError("week 02, trees: write BaggedForest.predict")

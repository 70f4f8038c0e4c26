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
    # BEGIN SOLUTION
    _check(X, y)
    if min_samples < 1:
        raise ValueError("min_samples must be at least 1")
    n = len(X)
    values, order = X.sort(dim=0)  # (n, features): each column by itself
    member = torch.nn.functional.one_hot(y)[order].double()  # (n, features, classes)
    left = member.cumsum(dim=0)[:-1]  # row i: how many of each class are among the first i + 1 rows
    right = member.sum(dim=0) - left
    count = torch.arange(1, n, device=X.device)[:, None]  # (n - 1, 1): rows on the left
    # Weighted Gini: n_left / n * (1 - sum of (c / n_left)^2) is (n_left - sum of c^2 / n_left) / n.
    kept = left.square().sum(dim=-1) / count + right.square().sum(dim=-1) / (n - count)
    impurity = 1 - kept / n  # (n - 1, features)
    allowed = (values[:-1] < values[1:]) & (count >= min_samples) & (n - count >= min_samples)
    impurity = torch.where(allowed, impurity, torch.inf).mT  # (features, n - 1): the lowest feature first
    if not bool(allowed.any()):
        return None
    # argmax finds the first of those that are lowest but for rounding.
    feature, place = divmod(int((impurity < impurity.min() + SAME).flatten().int().argmax()), n - 1)
    below, above = values[place, feature], values[place + 1, feature]
    middle = below / 2 + above / 2
    return feature, float(middle if middle < above else below)
    # END SOLUTION


# BEGIN SOLUTION
def _check(X, y):
    if len(X) == 0 or len(X) != len(y) or bool((y < 0).any()):
        raise ValueError("a label for each row, at least one row, and no negative label")
    if not bool(X.isfinite().all()):
        raise ValueError("X must be finite: missing values have to be filled in first")


# END SOLUTION


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
        # BEGIN SOLUTION
        if (max_depth is not None and max_depth < 0) or min_samples < 1:
            raise ValueError("max_depth must not be negative, and min_samples at least 1")
        self.max_depth, self.min_samples = max_depth, min_samples
        self.root: Node | None = None
        # END SOLUTION

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
        # BEGIN SOLUTION
        _check(X, y)
        classes = int(y.max()) + 1 if classes is None else classes
        if int(y.max()) >= classes:
            raise ValueError("every label must be below classes")
        self.root = self._grow(X, y, classes, depth=0)
        return self
        # END SOLUTION

    # BEGIN SOLUTION
    def _grow(self, X, y, classes, depth):
        counts = y.bincount(minlength=classes)
        node = Node(counts.to(X.dtype) / len(y))
        if depth == self.max_depth or int(counts.max()) == len(y):
            return node
        split = best_split(X, y, self.min_samples)
        if split is not None:
            node.feature, node.threshold = split
            left = X[:, node.feature] <= node.threshold
            node.left = self._grow(X[left], y[left], classes, depth + 1)
            node.right = self._grow(X[~left], y[~left], classes, depth + 1)
        return node

    # END SOLUTION

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, "n classes"]:
        """Return for each row the probabilities of the leaf that it reaches.

        Raises:
            RuntimeError: the tree has not been fitted.
            ValueError: an entry of `X` is NaN or infinite.
        """
        # BEGIN SOLUTION
        if self.root is None:
            raise RuntimeError("fit the tree first")
        if not bool(X.isfinite().all()):
            raise ValueError("X must be finite")
        result = X.new_zeros(len(X), len(self.root.probabilities))
        waiting = [(self.root, torch.arange(len(X), device=X.device))]
        while waiting:  # all rows of a node go down together
            node, rows = waiting.pop()
            if node.left is None:
                result[rows] = node.probabilities.to(X.dtype)
                continue
            left = X[rows, node.feature] <= node.threshold
            waiting += [(node.left, rows[left]), (node.right, rows[~left])]
        return result
        # END SOLUTION

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the likeliest class of each row, as int64; the lowest, if several are as likely.

        What `predict_proba` refuses is refused here too.
        """
        # BEGIN SOLUTION
        return self.predict_proba(X).argmax(dim=1)
        # END SOLUTION


class BaggedForest:
    """Many trees, each grown on rows drawn at random, whose mean answers: bagging.

    Every question of a tree looks at all features.
    """

    def __init__(self, count: int, max_depth: int | None = None, min_samples: int = 1):
        """Keep the number of trees and the limits of each.

        Raises:
            ValueError: `count` is below 1, or `DecisionTree` refuses a limit.
        """
        # BEGIN SOLUTION
        if count < 1:
            raise ValueError("a forest needs a tree")
        DecisionTree(max_depth, min_samples)  # checks the limits
        self.count, self.max_depth, self.min_samples = count, max_depth, min_samples
        self._trees: list[DecisionTree] = []
        # END SOLUTION

    def fit(self, X: Float[Tensor, "n features"], y: Int[Tensor, " n"], generator: torch.Generator) -> "BaggedForest":
        """Grow the trees one after another, and return the forest. What was learned before is forgotten.

        Each tree learns from n rows drawn with replacement: `torch.randint(n, (n,), generator=generator)`, drawn anew
        for every tree. All trees know the classes of the whole `y`, whether their rows have them or not.

        Raises:
            ValueError: what `DecisionTree.fit` refuses.
        """
        # BEGIN SOLUTION
        _check(X, y)
        n, classes = len(X), int(y.max()) + 1
        self._trees = []
        for _ in range(self.count):
            rows = torch.randint(n, (n,), generator=generator, device=generator.device).to(X.device)
            tree = DecisionTree(self.max_depth, self.min_samples)
            self._trees.append(tree.fit(X[rows], y[rows], classes))
        return self
        # END SOLUTION

    def predict_proba(self, X: Float[Tensor, "n features"]) -> Float[Tensor, "n classes"]:
        """Return for each row the mean of the trees' probabilities.

        Raises:
            RuntimeError: the forest has not been fitted.
            ValueError: an entry of `X` is NaN or infinite.
        """
        # BEGIN SOLUTION
        if not self._trees:
            raise RuntimeError("fit the forest first")
        return torch.stack([tree.predict_proba(X) for tree in self._trees]).mean(dim=0)
        # END SOLUTION

    def predict(self, X: Float[Tensor, "n features"]) -> Int[Tensor, " n"]:
        """Return the class with the highest mean probability, as int64; the lowest, if several are as likely.

        What `predict_proba` refuses is refused here too.
        """
        # BEGIN SOLUTION
        return self.predict_proba(X).argmax(dim=1)
        # END SOLUTION

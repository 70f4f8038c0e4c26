# Week 17, exercise isolation_forest: Isolation forest and adversarial detector
# Difficulty 4 of 5 · importance 5 of 5 · about 120 minutes
# It builds on: Binary trees, NumPy indexing, principal components.
# Write it by hand: sklearn.ensemble, sklearn.tree may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: Scoring 4,000 points takes at most 12 times as long as the reference: all points go down a tree
# together, in a loop over levels or by recursion over nodes, but not one by one.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 2: an isolation forest, and a detector of adversarial embeddings on it.

Read first:  the handout, exercise 2.
You write:   average_path_length, IsolationForest, AdversarialDetector.
You may use: NumPy and PyTorch. It knows nothing about where the embeddings come from.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def average_path_length(n: int | Int[np.ndarray, "*shape"]) -> float | Float[np.ndarray, "*shape"]:
    """Return c(n), the mean depth at which a random tree isolates a value.

    For a tree over n different values,

        c(n) = 2 H(n - 1) - 2 (n - 1) / n    for n > 2

    with the harmonic number H(i) taken as ln(i) + Euler's constant. Exactly: c(2) = 1, and c(1) = c(0) = 0; there the
    formula does not hold. A float for an int, a float64 array of the same shape for an array, which is not modified.

    Source: Liu, Ting and Zhou 2008, "Isolation Forest", equation 1; the case n = 2 from their 2012 article.
    """
    raise NotImplementedError("week 17, isolation_forest: write average_path_length")


class IsolationForest:
    """Random trees that cut the data apart; odd points are alone sooner.

    `fit` grows `trees` trees. Each one

    - sees psi = min(sample_size, rows) different rows, drawn without replacement;
    - at a node, draws a feature, each of those that are not constant in the node with the same probability,
      and a threshold, uniform between the feature's minimum and maximum in the node; both sides get at least one row;
    - stops where all rows are equal, and at depth ceil(log2(psi)).

    The path length of a point x in a tree is the number of cuts on its way to a leaf, plus c(rows in that leaf),
    with c = average_path_length: the depth that the cuts left out would have added.

    Signs follow scikit-learn: scores are negative, and the *lower* the more abnormal.

    Attributes:
        offset_: after `fit`, the threshold that `predict` uses.
    """

    def __init__(self, trees: int = 100, sample_size: int = 256, contamination: float | str = "auto", seed: int = 0):
        self.trees = trees
        self.sample_size = sample_size
        self.contamination = contamination
        self.seed = seed

    def fit(self, x: Float[np.ndarray, "rows features"]) -> "IsolationForest":
        """Grow the trees, set `offset_`, and return the forest itself.

        `offset_` is -0.5 with contamination "auto"; with a share such as 0.05 it is the quantile of the scores of `x`
        at that share, linearly interpolated (numpy's default). Contamination moves the offset and nothing else. All
        randomness comes from `seed`: fitting again gives the same forest. x is computed with as float64 and not
        modified.

        Raises:
            ValueError: if x has not two axes, fewer than two rows or no feature, or holds NaN or infinity;
                if contamination is neither "auto" nor in (0, 0.5]; if trees is below 1 or sample_size below 2.

        Source: Liu et al. 2008, algorithms 1 and 2.
        """
        raise NotImplementedError("week 17, isolation_forest: write IsolationForest.fit")

    def score_samples(self, x: Float[np.ndarray, "points features"]) -> Float[np.ndarray, " points"]:
        """Return how normal each point is, a number in [-1, 0).

        That is -2 ** (-E / c(psi)), E being the mean of its path lengths over the trees.
        Near -1: cut off at once. Near -0.5: as deep as the average. Float64; no points give an empty array.

        Raises:
            RuntimeError: before `fit`.
            ValueError: if x has not two axes, another number of features than in `fit`, or holds NaN or infinity.

        Source: Liu et al. 2008, equation 2, with the sign turned.
        """
        raise NotImplementedError("week 17, isolation_forest: write IsolationForest.score_samples")

    def predict(self, x: Float[np.ndarray, "points features"]) -> Int[np.ndarray, " points"]:
        """Return -1 for an outlier and 1 for any other point (int64).

        An outlier is a point whose score is below `offset_`. Rounding makes no outlier: after a fit on equal rows, such
        a row scores -0.5 and is predicted 1.

        Raises what `score_samples` raises.
        """
        raise NotImplementedError("week 17, isolation_forest: write IsolationForest.predict")


class AdversarialDetector:
    """Raise the alarm for embeddings unlike those seen in training.

    An attack moves an embedding only a little. In a direction in which clean embeddings hardly vary, that little is a
    lot; so each principal direction of the clean embeddings is measured with its own yardstick, and a forest watches
    the result.
    """

    def __init__(
        self, false_alarms: float = 0.01, groups: int = 2, trees: int = 100, sample_size: int = 256, seed: int = 0
    ):
        self.false_alarms = false_alarms
        self.groups = groups
        self.trees = trees
        self.sample_size = sample_size
        self.seed = seed

    def train(self, embeddings: Float[Tensor, "rows d"]) -> "AdversarialDetector":
        """Learn from clean embeddings what is usual; return the detector.

        Learns the mean, the principal directions in descending order of variance, and the standard deviation along
        each (population: divided by the number of rows). Directions with a standard deviation of at most 1e-6 times
        the largest are left out. Then fits an `IsolationForest` with contamination `false_alarms` on the `energies`
        of these embeddings. Computed in float64, whatever the dtype; the embeddings may require gradients and are not
        modified.

        Raises:
            ValueError: if embeddings has not two axes or no two different rows.
        """
        raise NotImplementedError("week 17, isolation_forest: write AdversarialDetector.train")

    def energies(self, embeddings: Float[Tensor, "points d"]) -> Float[Tensor, "points groups"]:
        """Return how far each embedding is from usual, strong directions first.

        The embedding minus the mean is expressed in the principal directions, and each coordinate is divided by its
        standard deviation. The coordinates, from the largest variance to the smallest, are cut into `groups` parts as
        equal as possible, the longer ones first (as `numpy.array_split`; never more parts than coordinates). The
        energy of a part is the mean of its squared coordinates: about 1 for a clean embedding. Float64, on the device
        of the embeddings.

        Raises:
            RuntimeError: before `train`.

        Source: Hendrycks and Gimpel 2017, "Early Methods for Detecting Adversarial Images", section 3.1 (the idea).
        """
        raise NotImplementedError("week 17, isolation_forest: write AdversarialDetector.energies")

    def detect(self, embeddings: Float[Tensor, "points d"]) -> Bool[Tensor, " points"]:
        """Return True for each embedding that looks adversarial.

        That is, whose energies are an outlier for the forest. On the device of the embeddings. The answer for one
        embedding does not depend on the others in the call.

        Raises:
            RuntimeError: before `train`.
        """
        raise NotImplementedError("week 17, isolation_forest: write AdversarialDetector.detect")

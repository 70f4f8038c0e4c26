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
    # BEGIN SOLUTION
    counts = np.asarray(n, dtype=np.float64)
    many = np.maximum(counts, 3)  # keeps the logarithm out of trouble where its value is not used
    formula = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    lengths = np.where(counts > 2, formula, np.where(counts == 2, 1.0, 0.0))
    return lengths if isinstance(n, np.ndarray) else float(lengths)
    # END SOLUTION


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
        # BEGIN SOLUTION
        x = _checked(x)
        if len(x) < 2:
            raise ValueError("a forest needs at least two rows")
        if self.trees < 1 or self.sample_size < 2:
            raise ValueError("a forest needs a tree, and a tree two rows")
        if self.contamination != "auto" and not 0 < self.contamination <= 0.5:
            raise ValueError('contamination must be "auto" or in (0, 0.5]')
        rng = np.random.default_rng(self.seed)
        self._features = x.shape[1]
        self._sample = min(self.sample_size, len(x))
        self._depth = int(np.ceil(np.log2(self._sample)))
        grown = [_grow(x[rng.choice(len(x), self._sample, replace=False)], self._depth, rng) for _ in range(self.trees)]
        self._forest = _stack(grown)
        self.offset_ = -0.5
        if self.contamination != "auto":
            self.offset_ = float(np.quantile(self.score_samples(x), self.contamination))
        return self
        # END SOLUTION

    def score_samples(self, x: Float[np.ndarray, "points features"]) -> Float[np.ndarray, " points"]:
        """Return how normal each point is, a number in [-1, 0).

        That is -2 ** (-E / c(psi)), E being the mean of its path lengths over the trees.
        Near -1: cut off at once. Near -0.5: as deep as the average. Float64; no points give an empty array.

        Raises:
            RuntimeError: before `fit`.
            ValueError: if x has not two axes, another number of features than in `fit`, or holds NaN or infinity.

        Source: Liu et al. 2008, equation 2, with the sign turned.
        """
        # BEGIN SOLUTION
        if not hasattr(self, "_forest"):
            raise RuntimeError("fit the forest first")
        x = _checked(x)
        if x.shape[1] != self._features:
            raise ValueError(f"the forest knows {self._features} features, not {x.shape[1]}")
        total = np.zeros(len(x))
        usual = average_path_length(self._sample)
        for tree in range(self.trees):
            # Divided before they are added: a path as long as usual is exactly 1, and so is the mean of such paths.
            total += self._path_lengths(tree, x) / usual
        return -(2.0 ** (-total / self.trees))
        # END SOLUTION

    # BEGIN SOLUTION
    def _path_lengths(self, tree: int, x: Float[np.ndarray, "points features"]) -> Float[np.ndarray, " points"]:
        feature, threshold, left, right, length = (column[tree] for column in self._forest)
        points = np.arange(len(x))
        node = np.zeros(len(x), dtype=np.int64)
        # All points go down together, one level at a time. A leaf has itself as children, so who has arrived stays.
        for _ in range(self._depth):
            goes_left = x[points, feature[node]] <= threshold[node]
            node = np.where(goes_left, left[node], right[node])
        return length[node]

    # END SOLUTION

    def predict(self, x: Float[np.ndarray, "points features"]) -> Int[np.ndarray, " points"]:
        """Return -1 for an outlier and 1 for any other point (int64).

        An outlier is a point whose score is below `offset_`. Rounding makes no outlier: after a fit on equal rows, such
        a row scores -0.5 and is predicted 1.

        Raises what `score_samples` raises.
        """
        # BEGIN SOLUTION
        return np.where(self.score_samples(x) < self.offset_, -1, 1)
        # END SOLUTION


# BEGIN SOLUTION
def _checked(x: np.ndarray) -> Float[np.ndarray, "rows features"]:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError("x must have two axes, rows and features")
    if not np.isfinite(x).all():
        raise ValueError("x must be finite")
    return x


def _grow(sample: Float[np.ndarray, "rows features"], max_depth: int, rng: np.random.Generator) -> list[tuple]:
    """Grow one tree: nodes (feature, threshold, left, right, path length), parents before their children."""
    nodes: list[tuple] = []

    def grow(rows: Float[np.ndarray, "rows features"], depth: int) -> int:
        here = len(nodes)
        low, high = rows.min(axis=0), rows.max(axis=0)
        varying = np.flatnonzero(low < high)
        if depth == max_depth or len(varying) == 0:
            nodes.append((0, 0.0, here, here, depth + average_path_length(len(rows))))
            return here
        feature = varying[rng.integers(len(varying))]
        # Between neighbouring floats the draw can round up to `high`, and then no row would be on the right.
        threshold = min(rng.uniform(low[feature], high[feature]), np.nextafter(high[feature], low[feature]))
        goes_left = rows[:, feature] <= threshold
        nodes.append(())  # its place; the children's places are not known yet
        left = grow(rows[goes_left], depth + 1)
        right = grow(rows[~goes_left], depth + 1)
        nodes[here] = (feature, threshold, left, right, 0.0)
        return here

    grow(sample, 0)
    return nodes


def _stack(trees: list[list[tuple]]) -> list[np.ndarray]:
    """Turn the trees into one array for each of the five columns, [trees, nodes], padded at the end."""
    widest = max(len(nodes) for nodes in trees)
    padded = [nodes + [(0, 0.0, 0, 0, 0.0)] * (widest - len(nodes)) for nodes in trees]
    kinds = (np.int64, np.float64, np.int64, np.int64, np.float64)
    return [np.array([[n[i] for n in nodes] for nodes in padded], dtype=kind) for i, kind in enumerate(kinds)]


# END SOLUTION


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
        # BEGIN SOLUTION
        x = _as_array(embeddings)
        if x.ndim != 2 or (x == x[:1]).all():
            raise ValueError("embeddings must have two axes and two different rows")
        self._mean = x.mean(axis=0)
        _, singular, directions = np.linalg.svd(x - self._mean, full_matrices=False)
        deviations = singular / np.sqrt(len(x))
        kept = deviations > 1e-6 * deviations[0]
        self._whiten = directions[kept].T / deviations[kept]
        forest = IsolationForest(self.trees, self.sample_size, self.false_alarms, self.seed)
        self._forest = forest.fit(self.energies(embeddings).cpu().numpy())
        return self
        # END SOLUTION

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
        # BEGIN SOLUTION
        if not hasattr(self, "_whiten"):
            raise RuntimeError("train the detector first")
        whitened = (_as_array(embeddings) - self._mean) @ self._whiten
        parts = np.array_split(whitened**2, min(self.groups, whitened.shape[1]), axis=1)
        return torch.from_numpy(np.stack([part.mean(axis=1) for part in parts], axis=1)).to(embeddings.device)
        # END SOLUTION

    def detect(self, embeddings: Float[Tensor, "points d"]) -> Bool[Tensor, " points"]:
        """Return True for each embedding that looks adversarial.

        That is, whose energies are an outlier for the forest. On the device of the embeddings. The answer for one
        embedding does not depend on the others in the call.

        Raises:
            RuntimeError: before `train`.
        """
        # BEGIN SOLUTION
        energies = self.energies(embeddings).cpu().numpy()
        return torch.from_numpy(self._forest.predict(energies) == -1).to(embeddings.device)
        # END SOLUTION


# BEGIN SOLUTION
def _as_array(embeddings: Float[Tensor, "rows d"]) -> Float[np.ndarray, "rows d"]:
    return embeddings.detach().to("cpu", torch.float64).numpy()


# END SOLUTION

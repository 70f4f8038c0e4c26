"""Trees of small objects; the rows of a node are a smaller table, chosen by a mask, both in fit and in score."""

import numpy as np
from isolation_forest import average_path_length


class Leaf:
    def __init__(self, size):
        self.size = size

    def depths(self, x, depth):
        return np.full(len(x), depth + average_path_length(self.size))


class Cut:
    def __init__(self, feature, threshold, left, right):
        self.feature, self.threshold, self.left, self.right = feature, threshold, left, right

    def depths(self, x, depth):
        mask = x[:, self.feature] <= self.threshold
        answer = np.empty(len(x))
        answer[mask] = self.left.depths(x[mask], depth + 1)
        answer[~mask] = self.right.depths(x[~mask], depth + 1)
        return answer


def grown(x, limit, draw):
    low, high = x.min(axis=0), x.max(axis=0)
    features = np.where(low < high)[0]
    if limit == 0 or features.size == 0:
        return Leaf(len(x))
    feature = draw.choice(features)
    threshold = draw.uniform(low[feature], high[feature])
    mask = x[:, feature] <= threshold
    if mask.all():  # rounded up to the maximum
        threshold = low[feature]
        mask = x[:, feature] <= threshold
    return Cut(feature, threshold, grown(x[mask], limit - 1, draw), grown(x[~mask], limit - 1, draw))


class IsolationForest:
    def __init__(self, trees=100, sample_size=256, contamination="auto", seed=0):
        self.trees = trees
        self.sample_size = sample_size
        self.contamination = contamination
        self.seed = seed
        self.forest = []

    def fit(self, x):
        x = self.table(x)
        if self.trees < 1 or self.sample_size < 2 or len(x) < 2:
            raise ValueError("too few trees or rows")
        if not (self.contamination == "auto" or 0 < self.contamination <= 0.5):
            raise ValueError("contamination")
        draw = np.random.default_rng(self.seed)
        self.features = x.shape[1]
        self.psi = min(self.sample_size, len(x))
        limit = int(np.ceil(np.log2(self.psi)))
        rows = [draw.choice(len(x), size=self.psi, replace=False) for _ in range(self.trees)]
        self.forest = [grown(x[chosen], limit, draw) for chosen in rows]
        self.offset_ = -0.5
        if self.contamination != "auto":
            self.offset_ = float(np.quantile(self.score_samples(x), self.contamination))
        return self

    def table(self, x):
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or x.shape[1] == 0 or not np.isfinite(x).all():
            raise ValueError("x must be a table of finite numbers")
        return x

    def score_samples(self, x):
        if not self.forest:
            raise RuntimeError("call fit first")
        x = self.table(x)
        if x.shape[1] != self.features:
            raise ValueError("another number of features")
        depths = np.mean([tree.depths(x, 0) for tree in self.forest], axis=0)
        return -(2 ** (-depths / average_path_length(self.psi)))

    def predict(self, x):
        scores = self.score_samples(x)  # refuses what it cannot score before `offset_` is asked for
        return np.where(self.offset_ - scores > 1e-12, -1, 1)

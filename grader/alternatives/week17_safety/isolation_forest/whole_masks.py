"""Trees of tuples; every node has a mask of all rows, which a nested function narrows on the way down."""

import numpy as np
from isolation_forest import average_path_length


def grown(x, limit, draw):
    spans = np.ptp(x, axis=0)
    if limit == 0 or not spans.any():
        return (average_path_length(len(x)),)
    feature = draw.choice(np.flatnonzero(spans))
    threshold = x[:, feature].min() + draw.random() * spans[feature]
    goes_left = x[:, feature] <= threshold
    if goes_left.all():  # rounded up to the maximum
        threshold = x[:, feature].min()
        goes_left = x[:, feature] <= threshold
    return feature, threshold, grown(x[goes_left], limit - 1, draw), grown(x[~goes_left], limit - 1, draw)


def walked(tree, x):
    answer = np.zeros(len(x))

    def descend(node, here, depth):
        if len(node) == 1:
            answer[here] = depth + node[0]
            return
        feature, threshold, left, right = node
        goes_left = x[:, feature] <= threshold
        descend(left, here & goes_left, depth + 1)
        descend(right, here & ~goes_left, depth + 1)

    descend(tree, np.ones(len(x), dtype=bool), 0)
    return answer


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
        depths = np.mean([walked(tree, x) for tree in self.forest], axis=0)
        return -(2 ** (-depths / average_path_length(self.psi)))

    def predict(self, x):
        scores = self.score_samples(x)  # refuses what it cannot score before `offset_` is asked for
        return np.where(self.offset_ - scores > 1e-12, -1, 1)

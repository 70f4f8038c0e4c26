"""Trees as full binary heaps: node i has the children 2 i + 1 and 2 i + 2; all trees are grown level by level."""

import numpy as np
from isolation_forest import average_path_length


class IsolationForest:
    def __init__(self, trees=100, sample_size=256, contamination="auto", seed=0):
        self.trees, self.sample_size, self.contamination, self.seed = trees, sample_size, contamination, seed

    def fit(self, x):
        x = finite(x)
        if min(len(x), self.sample_size) < 2 or self.trees < 1:
            raise ValueError("too few")
        if self.contamination != "auto" and not 0.0 < self.contamination <= 0.5:
            raise ValueError("contamination")
        draw = np.random.default_rng(self.seed)
        self.shape, self.psi = x.shape, min(self.sample_size, len(x))
        self.limit = int(np.ceil(np.log2(self.psi)))
        nodes = 2 ** (self.limit + 1) - 1
        self.feature = np.zeros((self.trees, nodes), dtype=int)
        self.threshold = np.full((self.trees, nodes), np.inf)  # a leaf sends everybody to the left, to a leaf as well
        self.length = np.zeros((self.trees, nodes))
        for tree in range(self.trees):
            rows = x[draw.choice(len(x), self.psi, replace=False)]
            self.grow(tree, rows, draw)
        scores = self.score_samples(x)
        self.offset_ = -0.5 if self.contamination == "auto" else float(np.quantile(scores, self.contamination))
        return self

    def grow(self, tree, rows, draw):
        waiting = [(0, rows, 0)]
        while waiting:
            node, rows, depth = waiting.pop()
            low, high = rows.min(0), rows.max(0)
            varies = low < high
            if depth == self.limit or not varies.any():
                deepest = node
                for _ in range(self.limit - depth):
                    deepest = 2 * deepest + 1
                self.length[tree, deepest] = depth + average_path_length(len(rows))
                continue
            feature = draw.permutation(np.flatnonzero(varies))[0]
            threshold = draw.uniform(low[feature], high[feature])
            left = rows[:, feature] < threshold  # strictly: the minimum must then lie below
            if not left.any():
                threshold = np.nextafter(low[feature], high[feature])
                left = rows[:, feature] < threshold
            self.feature[tree, node], self.threshold[tree, node] = feature, threshold
            waiting += [(2 * node + 1, rows[left], depth + 1), (2 * node + 2, rows[~left], depth + 1)]

    def score_samples(self, x):
        if not hasattr(self, "length"):
            raise RuntimeError("fit first")
        x = finite(x)
        if x.shape[1] != self.shape[1]:
            raise ValueError("features")
        node = np.zeros((self.trees, len(x)), dtype=int)
        tree, point = np.arange(self.trees)[:, None], np.arange(len(x))[None, :]
        for _ in range(self.limit):
            right = x[point, self.feature[tree, node]] >= self.threshold[tree, node]
            node = 2 * node + 1 + right
        return -(0.5 ** (self.length[tree, node].mean(axis=0) / average_path_length(self.psi)))

    def predict(self, x):
        answer = np.ones(len(x), dtype=np.int64)
        answer[self.score_samples(x) < self.offset_ - 1e-12] = -1  # room for rounding
        return answer


def finite(x):
    x = np.asarray(x).astype(np.float64)
    if x.ndim != 2 or not x.shape[1] or np.isnan(x).any() or np.isinf(x).any():
        raise ValueError("x")
    return x

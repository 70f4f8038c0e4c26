"""Trees of nested dictionaries; points are parted at each node, as the rows were when the tree grew."""

import math

import numpy as np
import torch

EULER = 0.5772156649015329


def average_path_length(n):
    if not isinstance(n, np.ndarray):
        return 0.0 if n < 2 else 1.0 if n == 2 else 2 * (math.log(n - 1) + EULER) - 2 * (n - 1) / n
    values, where = np.unique(n, return_inverse=True)
    return np.array([average_path_length(int(value)) for value in values])[where].reshape(n.shape)


class IsolationForest:
    def __init__(self, trees=100, sample_size=256, contamination="auto", seed=0):
        self.trees, self.sample_size, self.contamination, self.seed = trees, sample_size, contamination, seed
        self.roots = None

    def fit(self, x):
        x = self.check(x)
        share = self.contamination
        if len(x) < 2 or self.trees < 1 or self.sample_size < 2 or (share != "auto" and not (0 < share <= 0.5)):
            raise ValueError("arguments")
        self.width = x.shape[1]
        self.psi = min(len(x), self.sample_size)
        limit = (self.psi - 1).bit_length()
        self.roots = []
        for tree in range(self.trees):
            draw = np.random.default_rng([self.seed, tree])
            self.roots.append(self.grow(draw.permutation(x)[: self.psi], limit, draw))
        self.offset_ = -0.5 if share == "auto" else float(np.percentile(self.score_samples(x), 100 * share))
        return self

    def check(self, x):
        x = np.array(x, dtype=float)
        if x.ndim != 2 or x.size == 0 and x.shape[1] == 0 or not np.all(np.isfinite(x)):
            raise ValueError("x")
        return x

    def grow(self, rows, limit, draw):
        spans = np.ptp(rows, axis=0)
        if limit == 0 or not spans.any():
            return {"left_over": average_path_length(len(rows))}
        feature = int(draw.choice(np.nonzero(spans)[0]))
        column = rows[:, feature]
        threshold = column.max()
        while threshold >= column.max():  # a draw that rounds up to the maximum parts nothing
            threshold = column.min() + draw.random() * spans[feature]
        below = column <= threshold
        return {
            "feature": feature,
            "threshold": threshold,
            "below": self.grow(rows[below], limit - 1, draw),
            "above": self.grow(rows[~below], limit - 1, draw),
        }

    def score_samples(self, x):
        if self.roots is None:
            raise RuntimeError("not fitted")
        x = self.check(x)
        if x.shape[1] != self.width:
            raise ValueError("features")
        total = np.zeros(len(x))
        for root in self.roots:
            self.walk(root, x, np.arange(len(x)), 0, total)
        return -np.exp2(-total / self.trees / average_path_length(self.psi))

    def walk(self, node, x, who, depth, total):
        if "left_over" in node:
            total[who] += depth + node["left_over"]
        elif len(who):
            below = x[who, node["feature"]] <= node["threshold"]
            self.walk(node["below"], x, who[below], depth + 1, total)
            self.walk(node["above"], x, who[~below], depth + 1, total)

    def predict(self, x):
        below = np.round(self.score_samples(x), 12) < np.round(self.offset_, 12)
        return 1 - 2 * below.astype(np.int64)


class AdversarialDetector:
    """Principal directions from the eigenvectors of the covariance."""

    def __init__(self, false_alarms=0.01, groups=2, trees=100, sample_size=256, seed=0):
        self.groups, self.forest = groups, IsolationForest(trees, sample_size, false_alarms, seed)
        self.ready = False

    def train(self, embeddings):
        x = embeddings.detach().double()
        if x.dim() != 2 or x.shape[0] < 2:
            raise ValueError("embeddings")
        self.mean = x.mean(0)
        covariance = (x - self.mean).T @ (x - self.mean) / len(x)
        variances, directions = torch.linalg.eigh(covariance)
        variances, directions = variances.flip(0), directions.flip(1)
        kept = variances > 1e-12 * variances[0]
        if variances[0] <= 0:
            raise ValueError("all equal")
        self.scaled = directions[:, kept] * variances[kept].rsqrt()
        self.ready = True
        self.forest.fit(self.energies(embeddings).cpu().numpy())
        return self

    def energies(self, embeddings):
        if not self.ready:
            raise RuntimeError("not trained")
        squares = ((embeddings.detach().double() - self.mean.to(embeddings.device)) @ self.scaled) ** 2
        parts = min(self.groups, squares.shape[1])
        return torch.stack([part.mean(1) for part in torch.tensor_split(squares, parts, dim=1)], dim=1)

    def detect(self, embeddings):
        energies = self.energies(embeddings)
        scores = self.forest.score_samples(energies.cpu().numpy())
        return torch.tensor(scores < self.forest.offset_, device=embeddings.device)

"""A feature at a time in numpy; a tree as flat arrays of nodes, the way scikit-learn keeps it."""

import numpy as np
import torch
from trees import Node


def best_split(X, y, min_samples=1):
    data, labels = X.detach().cpu().numpy(), y.cpu().numpy()
    if len(data) < 1 or len(data) != len(labels) or labels.min() < 0 or not np.isfinite(data).all() or min_samples <= 0:
        raise ValueError("rows, labels or min_samples")
    n, best = len(data), None
    hot = np.eye(labels.max() + 1)[labels]
    for feature in range(data.shape[1]):
        order = np.argsort(data[:, feature], kind="stable")
        column = data[order, feature]
        below = np.cumsum(hot[order], axis=0)[:-1]
        above = hot.sum(0) - below
        size = np.arange(1, n)
        gini_below = 1 - ((below / size[:, None]) ** 2).sum(1)
        gini_above = 1 - ((above / (n - size)[:, None]) ** 2).sum(1)
        value = size / n * gini_below + (n - size) / n * gini_above
        value[(column[:-1] == column[1:]) | (size < min_samples) | (n - size < min_samples)] = np.inf
        if not np.isfinite(value).any():
            continue
        if best is None or value.min() < best[0] - 1e-9:
            place = int(np.nonzero(value <= value.min() + 1e-9)[0][0])
            middle = column[place] / 2 + column[place + 1] / 2
            middle = column[place] if middle == column[place + 1] else middle
            best = value.min(), feature, float(middle)
    return best and (best[1], best[2])


class DecisionTree:
    def __init__(self, max_depth=None, min_samples=1):
        if min_samples <= 0 or (max_depth is not None and max_depth <= -1):
            raise ValueError("limits")
        self.limits = (np.inf if max_depth is None else max_depth, min_samples)
        self.root = None

    def fit(self, X, y, classes=None):
        best_split(X, y)  # checks both
        top = int(y.max())
        if classes is not None and top >= classes:
            raise ValueError("classes")
        width = classes or top + 1
        most, least = self.limits
        self.nodes, waiting = [], [(torch.arange(len(X), device=X.device), 0, None)]
        while waiting:
            rows, depth, parent = waiting.pop()
            shares = torch.stack([(y[rows] == one).to(torch.float64).mean() for one in range(width)]).to(X.dtype)
            node = Node(shares)
            if parent is not None:
                setattr(parent[0], parent[1], node)
            self.nodes.append(node)
            split = best_split(X[rows], y[rows], least) if depth < most and shares.max() < 1 else None
            if split:
                node.feature, node.threshold = split
                left = X[rows, node.feature] <= node.threshold
                waiting += [(rows[left], depth + 1, (node, "left")), (rows[~left], depth + 1, (node, "right"))]
        self.root = self.nodes[0]
        return self

    def predict_proba(self, X):
        if self.root is None:
            raise RuntimeError("not fitted")
        if not torch.isfinite(X).all():
            raise ValueError("finite")
        found = []
        for row in X:
            node = self.root
            while node.feature >= 0:
                node = node.left if float(row[node.feature]) <= node.threshold else node.right
            found.append(node.probabilities)
        return torch.stack(found).to(X.dtype)

    def predict(self, X):
        return self.predict_proba(X).max(dim=1).indices

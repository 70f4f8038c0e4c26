"""Whole-number arithmetic for the impurities; predictions by masks; the forest adds its trees up as it goes."""

import torch
from trees import Node


def best_split(X, y, min_samples=1):
    if X.shape[0] == 0 or y.shape[0] != X.shape[0] or int(y.min()) < 0 or min_samples < 1:
        raise ValueError("rows, labels or min_samples")
    if X.isnan().any() or X.isinf().any():
        raise ValueError("not finite")
    n = X.shape[0]
    found = []
    for feature in range(X.shape[1]):
        column, order = torch.sort(X[:, feature])
        places = torch.nonzero(column[1:] != column[:-1])[:, 0] + 1  # rows on the left
        places = places[(places >= min_samples) & (n - places >= min_samples)]
        if len(places) == 0:
            continue
        sums = torch.zeros(2, len(places), dtype=torch.int64, device=X.device)
        for one in y.unique():
            below = (y[order] == one).cumsum(0)
            left = below[places - 1]
            sums[0] += left**2
            sums[1] += (below[-1] - left) ** 2
        # The sum of c^2 / size over both sides: the larger, the purer.
        purity = (sums[0] * (n - places) + sums[1] * places).double() / (places * (n - places)).double()
        first = int(torch.nonzero(purity >= purity.max() - 1e-9 * n)[0, 0])
        found.append((float(purity.max()), feature, column[places[first] - 1], column[places[first]]))
    if not found:
        return None
    best = max(one[0] for one in found)
    _, feature, low, high = next(one for one in found if one[0] >= best - 1e-9 * n)
    middle = float(low / 2 + high / 2)
    return feature, middle if middle != float(high) else float(low)


class DecisionTree:
    def __init__(self, max_depth=None, min_samples=1):
        if (max_depth or 0) < 0 or min_samples < 1:
            raise ValueError("limits")
        self.depth, self.least, self.root = max_depth, min_samples, None

    def fit(self, X, y, classes=None):
        best_split(X, y, self.least)
        classes = int(y.max()) + 1 if classes is None else classes
        if (y >= classes).any():
            raise ValueError("classes")

        def grow(rows, labels, left_over):
            node = Node(torch.nn.functional.one_hot(labels, classes).to(rows.dtype).mean(dim=0))
            if left_over != 0 and len(labels.unique()) > 1:
                question = best_split(rows, labels, self.least)
                if question is not None:
                    node.feature, node.threshold = question
                    goes = rows[:, node.feature] > node.threshold
                    less = None if left_over is None else left_over - 1
                    node.left, node.right = (grow(rows[side], labels[side], less) for side in (~goes, goes))
            return node

        self.root = grow(X, y, self.depth)
        return self

    def predict_proba(self, X):
        if self.root is None:
            raise RuntimeError("not fitted")
        if (X.abs() == torch.inf).any() or (X != X).any():
            raise ValueError("not finite")

        def ask(node, rows):
            if node.left is None:
                return node.probabilities.expand(len(rows), -1).to(rows.dtype)
            right = (rows[:, node.feature] > node.threshold)[:, None]
            return torch.where(right, ask(node.right, rows), ask(node.left, rows))

        return ask(self.root, X).clone()

    def predict(self, X):
        return torch.argmax(self.predict_proba(X), dim=-1)


class BaggedForest:
    def __init__(self, count, max_depth=None, min_samples=1):
        if count <= 0:
            raise ValueError("count")
        self.members = [DecisionTree(max_depth, min_samples) for _ in range(count)]

    def fit(self, X, y, generator):
        best_split(X, y)
        for tree in self.members:
            drawn = torch.randint(0, len(y), y.shape, generator=generator, device=generator.device)
            tree.fit(X.index_select(0, drawn.to(X.device)), y[drawn.to(y.device)], int(y.max()) + 1)
        return self

    def predict_proba(self, X):
        total = 0
        for tree in self.members:
            total = total + tree.predict_proba(X)
        return total / len(self.members)

    def predict(self, X):
        return self.predict_proba(X).argmax(1)

"""Newton's method on one matrix with a column of ones, as statistics packages do it; softplus for the loss."""

import torch


def log_loss(logits, y):
    labels = set(y.tolist())
    if not labels or labels - {0, 1} or y.shape != logits.shape:
        raise ValueError("labels")
    return torch.nn.functional.softplus((1 - 2 * y) * logits).sum() / y.numel()


class LogisticRegression:
    def __init__(self, l2):
        if l2 <= 0:
            raise ValueError("l2")
        self.l2, self.weight, self.bias = l2, None, None

    def objective(self, weight, bias, X, y):
        return log_loss(torch.mv(X, weight) + bias, y) + 0.5 * self.l2 * torch.dot(weight, weight)

    def gradient(self, weight, bias, X, y):
        log_loss(X @ weight + bias, y)
        p = torch.special.expit(X @ weight + bias)
        error = p - y.to(p.dtype)
        return torch.einsum("n,nf->f", error, X) / len(y) + self.l2 * weight, error.mean()

    def fit(self, X, y, tolerance=1e-5):
        table = torch.cat([X.double(), X.new_ones(len(X), 1, dtype=torch.float64)], 1)
        penalty = torch.full((table.shape[1],), self.l2, dtype=torch.float64, device=X.device)
        penalty[-1] = 0
        theta = torch.zeros_like(penalty)
        while True:
            slope = torch.cat([part.reshape(-1) for part in self.gradient(theta[:-1], theta[-1], X.double(), y)])
            if slope.abs().max() <= tolerance:
                break
            p = torch.special.expit(table @ theta)
            curve = (table * (p * (1 - p))[:, None]).T @ table / len(y) + penalty.diag()
            step = torch.linalg.solve(curve, slope)
            here = self.objective(theta[:-1], theta[-1], X.double(), y)
            while self.objective((theta - step)[:-1], (theta - step)[-1], X.double(), y) > here and step.norm() > 1e-12:
                step = step / 2
            theta = theta - step
        self.weight, self.bias = theta[:-1].to(X.dtype), theta[-1].to(X.dtype)
        return self

    def predict_proba(self, X):
        if self.weight is None:
            raise RuntimeError("not fitted")
        return torch.special.expit(torch.mv(X, self.weight) + self.bias)

    def predict(self, X):
        if self.weight is None:
            raise RuntimeError("not fitted")
        return torch.where(X @ self.weight + self.bias > 0, 1, 0)

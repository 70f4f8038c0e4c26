"""A general optimiser does the work, as in scikit-learn: SciPy's L-BFGS on one vector of parameters."""

import numpy as np
import torch
from scipy.optimize import minimize


def log_loss(logits, y):
    if len(logits) != len(y) or len(y) == 0 or not torch.isin(y, torch.tensor([0, 1], device=y.device)).all():
        raise ValueError("labels")
    return torch.logaddexp(torch.zeros_like(logits), logits).mean() - (y * logits).mean()


class LogisticRegression:
    def __init__(self, l2):
        if not l2 > 0:
            raise ValueError("l2")
        self.l2 = l2
        self.weight = self.bias = None

    def objective(self, weight, bias, X, y):
        return log_loss(X.matmul(weight).add(bias), y) + self.l2 * weight.pow(2).sum().div(2)

    def gradient(self, weight, bias, X, y):
        logits = X.matmul(weight).add(bias)
        log_loss(logits, y)
        residual = logits.sigmoid() - y
        return (residual[:, None] * X).mean(0) + self.l2 * weight, residual.mean()

    def fit(self, X, y, tolerance=1e-5):
        table = X.double().cpu()
        y = y.cpu()

        def both(theta):
            weight, bias = torch.from_numpy(theta[:-1]), torch.tensor(theta[-1])
            slopes = self.gradient(weight, bias, table, y)
            return float(self.objective(weight, bias, table, y)), np.append(slopes[0].numpy(), slopes[1].numpy())

        settings = {"gtol": tolerance / 4, "ftol": 0.0, "maxiter": 100_000, "maxfun": 100_000}
        found = minimize(both, np.zeros(X.shape[1] + 1), jac=True, method="L-BFGS-B", options=settings).x
        self.weight, self.bias = torch.from_numpy(found[:-1]).to(X), torch.tensor(found[-1]).to(X)
        return self

    def predict_proba(self, X):
        if self.bias is None:
            raise RuntimeError("call fit before")
        return (X @ self.weight + self.bias).sigmoid()

    def predict(self, X):
        return self.predict_proba(X).gt(0.5).to(torch.int64)

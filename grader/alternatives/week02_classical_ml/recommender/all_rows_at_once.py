"""All systems in one batch, with a mask in the place of the holes; descent with four arrays of numpy."""

import numpy as np
import torch


def solve_rows(R, factors, l2):
    if not l2 > 0:
        raise ValueError("l2")
    if R.shape[1] != factors.shape[0]:
        raise ValueError("columns")
    mask = (~R.isnan()).to(factors.dtype)
    filled = torch.where(R.isnan(), torch.zeros_like(R), R)
    gram = torch.einsum("rc,ck,cl->rkl", mask, factors, factors)
    gram = gram + l2 * torch.eye(factors.shape[1], dtype=factors.dtype, device=factors.device)
    return torch.linalg.solve(gram, (filled @ factors)[..., None])[..., 0]


class MatrixFactorisation:
    def __init__(self, rank, l2):
        if rank <= 0 or not l2 > 0:
            raise ValueError("rank or l2")
        self.rank, self.l2 = rank, l2
        self.mean = self.user_bias = self.item_bias = self.user_factors = self.item_factors = None

    def _draw(self, n, R, generator):
        return 0.1 * torch.randn(n, self.rank, generator=generator, dtype=R.dtype, device=R.device)

    def fit_als(self, R, generator, steps=10):
        if steps <= 0 or R.isnan().all():
            raise ValueError("steps or entries")
        self.item_factors = self._draw(R.shape[1], R, generator)
        self.mean = torch.nanmean(R)
        self.user_bias, self.item_bias = torch.zeros_like(R[:, 0]), torch.zeros_like(R[0])
        for _ in range(steps):
            self.user_factors = solve_rows(R - self.mean, self.item_factors, self.l2)
            self.item_factors = solve_rows(R.T - self.mean, self.user_factors, self.l2)
        return self

    def fit_sgd(self, R, generator, rate=0.02, epochs=20):
        if epochs <= 0 or not rate > 0 or R.isnan().all():
            raise ValueError("epochs, rate or entries")
        P, Q = (self._draw(n, R, generator).cpu().numpy().copy() for n in R.shape)
        table = R.cpu().numpy()
        users, items = np.nonzero(~np.isnan(table))
        mean = table[users, items].mean()
        p, q = np.zeros(len(P), table.dtype), np.zeros(len(Q), table.dtype)
        for _ in range(epochs):
            for place in torch.randperm(len(users), generator=generator, device=R.device).tolist():
                u, i = users[place], items[place]
                gap = table[u, i] - mean - p[u] - q[i] - P[u].dot(Q[i])
                new_user = P[u] + rate * (gap * Q[i] - self.l2 * P[u])
                new_item = Q[i] + rate * (gap * P[u] - self.l2 * Q[i])
                P[u], Q[i] = new_user, new_item
                p[u], q[i] = (1 - rate * self.l2) * p[u] + rate * gap, (1 - rate * self.l2) * q[i] + rate * gap
        P[np.isnan(table).all(1)] = 0
        Q[np.isnan(table).all(0)] = 0
        self.user_factors, self.item_factors, self.user_bias, self.item_bias = (
            torch.from_numpy(part).to(R) for part in (P, Q, p, q)
        )
        self.mean = torch.as_tensor(mean).to(R)
        return self

    def predict(self, users, items):
        if self.mean is None:
            raise RuntimeError("not fitted")
        if users.shape != items.shape or min([*users.tolist(), *items.tolist(), 0]) < -1:
            raise ValueError("numbers")
        if (users >= len(self.user_bias)).any() or (items >= len(self.item_bias)).any():
            raise ValueError("numbers")
        # A further row of zeros at the end is what -1 finds.
        p, q = (torch.nn.functional.pad(one, (0, 1)) for one in (self.user_bias, self.item_bias))
        P, Q = (torch.nn.functional.pad(one, (0, 0, 0, 1)) for one in (self.user_factors, self.item_factors))
        return self.mean + p[users] + q[items] + torch.einsum("nk,nk->n", P[users], Q[items])

    def recommend(self, ratings, k):
        if self.mean is None:
            raise RuntimeError("not fitted")
        if ratings.shape != self.item_bias.shape or k <= 0:
            raise ValueError("ratings or k")
        base = self.item_bias + self.mean
        taste = solve_rows((ratings - base).unsqueeze(0), self.item_factors, self.l2)
        scores = (base + (taste @ self.item_factors.T)[0]).tolist()
        left = [item for item in range(len(scores)) if ratings[item] != ratings[item]]
        left.sort(key=lambda item: -scores[item])
        return torch.tensor(left[:k], dtype=torch.int64, device=ratings.device)

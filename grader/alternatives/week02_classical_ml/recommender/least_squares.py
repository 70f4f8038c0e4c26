"""The penalty as further rows of a least-squares system; biases as columns of wider factors while descending."""

import torch


def solve_rows(R, factors, l2):
    if not l2 > 0 or factors.size(0) != R.size(1):
        raise ValueError("l2 or factors")
    below = l2**0.5 * torch.eye(factors.size(1), dtype=factors.dtype, device=factors.device)
    rows = []
    for row in R.unbind(0):
        known = row == row
        system = torch.cat([factors[known], below])
        right = torch.cat([row[known], row.new_zeros(len(below))])
        rows.append(torch.linalg.lstsq(system, right.unsqueeze(1)).solution.squeeze(1))
    return torch.stack(rows)


class MatrixFactorisation:
    mean = user_bias = item_bias = user_factors = item_factors = None

    def __init__(self, rank, l2):
        if rank < 1:
            raise ValueError("rank")
        if not l2 > 0:
            raise ValueError("l2")
        self.rank, self.l2 = rank, l2

    def fit_als(self, R, generator, steps=10):
        values = R[~torch.isnan(R)]
        if steps < 1 or values.numel() == 0:
            raise ValueError("steps or entries")
        self.mean = values.mean()
        items = 0.1 * torch.randn(R.size(1), self.rank, generator=generator, dtype=R.dtype, device=generator.device).to(
            R.device
        )
        while steps:
            users = solve_rows(R.sub(self.mean), items, self.l2)
            items = solve_rows(R.sub(self.mean).t(), users, self.l2)
            steps -= 1
        self.user_factors, self.item_factors = users, items
        self.user_bias, self.item_bias = users.new_zeros(users.size(0)), items.new_zeros(items.size(0))
        return self

    def fit_sgd(self, R, generator, rate=0.02, epochs=20):
        values = R[~torch.isnan(R)]
        if epochs < 1 or values.numel() == 0 or not rate > 0:
            raise ValueError("epochs, rate or entries")
        self.mean = values.mean()
        sides = [
            0.1 * torch.randn(n, self.rank, generator=generator, dtype=R.dtype, device=generator.device).to(R.device)
            for n in R.shape
        ]
        # Columns: the factors, the own bias, and a 1 by which the other's bias is multiplied.
        U, V = (torch.cat([one, one.new_zeros(len(one), 1), one.new_ones(len(one), 1)], 1) for one in sides)
        swap = [*range(self.rank), self.rank + 1, self.rank]
        learns = torch.ones(self.rank + 2, dtype=R.dtype, device=R.device)
        learns[-1] = 0
        users, items = torch.where(~torch.isnan(R))
        for _ in range(epochs):
            for n in torch.randperm(len(users), generator=generator, device=generator.device).tolist():
                u, i = U[users[n]].clone(), V[items[n]].clone()
                error = values[n] - self.mean - (u * i[swap]).sum()
                U[users[n]] = u + rate * learns * (error * i[swap] - self.l2 * u)
                V[items[n]] = i + rate * learns * (error * u[swap] - self.l2 * i)
        U[torch.isnan(R).all(1)] *= 0
        V[torch.isnan(R).all(0)] *= 0
        self.user_factors, self.user_bias = U[:, :-2].clone(), U[:, -2].clone()
        self.item_factors, self.item_bias = V[:, :-2].clone(), V[:, -2].clone()
        return self

    def predict(self, users, items):
        if self.mean is None:
            raise RuntimeError("not fitted")
        if users.numel() != items.numel():
            raise ValueError("lengths")
        for numbers, rows in ((users, self.user_bias), (items, self.item_bias)):
            if ((numbers < -1) | (numbers > len(rows) - 1)).any():
                raise ValueError("numbers")
        result = []
        for u, i in zip(users.tolist(), items.tolist(), strict=True):
            one = self.mean.clone()
            one += self.user_bias[u] if u != -1 else 0
            one += self.item_bias[i] if i != -1 else 0
            one += self.user_factors[u].dot(self.item_factors[i]) if -1 not in (u, i) else 0
            result.append(one)
        return torch.stack(result) if result else self.item_bias[:0].clone()

    def recommend(self, ratings, k):
        if self.mean is None:
            raise RuntimeError("not fitted")
        if k < 1 or len(ratings) != len(self.item_factors):
            raise ValueError("k or ratings")
        rest = ratings - self.item_bias - self.mean
        expected = (
            self.mean + self.item_bias + self.item_factors @ solve_rows(rest[None, :], self.item_factors, self.l2)[0]
        )
        free = torch.isnan(ratings).nonzero()[:, 0]
        return free[torch.sort(expected[free], descending=True, stable=True).indices[:k]]

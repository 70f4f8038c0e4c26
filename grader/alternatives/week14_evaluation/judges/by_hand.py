"""Plain Python: Zermelo's iteration for the strengths, a walk over the graph of wins, quantiles from a sorted list."""

import math

import torch


def judge_pairs(judge, a, b):
    if not a or len(a) != len(b):
        raise ValueError("a and b must have the same length")
    scores, total, same = [], 0.0, 0
    for i in range(len(a)):
        p = judge(a[i], b[i])
        q = 1 - judge(b[i], a[i])
        if not (p >= 0 and p <= 1 and q >= 0 and q <= 1):
            raise ValueError("an answer must be from 0 to 1")
        scores.append(p / 2 + q / 2)
        total += p + (1 - q)
        same += (p > 0.5 and q > 0.5) or (p < 0.5 and q < 0.5) or (p == 0.5 and q == 0.5)
    return {"scores": scores, "bias": total / (2 * len(a)) - 0.5, "consistent": same / len(a)}


def connected(rows):
    for graph in (rows, [list(column) for column in zip(*rows, strict=True)]):
        seen, todo = {0}, [0]
        while todo:
            i = todo.pop()
            new = [j for j in range(len(rows)) if graph[i][j] > 0 and j not in seen]
            seen.update(new)
            todo += new
        if len(seen) < len(rows):
            return False
    return True


def bradley_terry(wins, prior=0.0):
    if wins.dim() != 2:
        raise ValueError("wins")
    rows = wins.tolist()
    players = range(len(rows))
    if not rows or any(len(row) != len(rows) for row in rows) or not prior >= 0 or math.isinf(prior):
        raise ValueError("wins or prior")
    for i in players:
        for j in players:
            if not rows[i][j] >= 0 or math.isinf(rows[i][j]) or (i == j and rows[i][j]):
                raise ValueError("an entry")
            if i != j:
                rows[i][j] = float(rows[i][j]) + prior
    if not connected(rows):
        raise ValueError("the players fall into groups")
    power = torch.ones(len(rows), dtype=torch.float64)
    table = torch.tensor(rows, dtype=torch.float64)
    if len(rows) > 1:
        for _ in range(100_000):
            before = power
            power = table.sum(1) / ((table + table.T) / (power[:, None] + power[None, :])).sum(1)
            power = power / power.log().mean().exp()
            if ((power / before).log()).abs().max() < 1e-12:
                break
    return power.log().to(wins.device)


def bootstrap_interval(values, statistic, generator, *, resamples=1000, level=0.95):
    n = values.shape[0]
    if n == 0 or resamples <= 0 or not 0 < level < 1:
        raise ValueError("values, resamples or level")
    rows = torch.randint(n, (resamples, n), generator=generator, device=generator.device).tolist()
    found = sorted(float(statistic(torch.stack([values[i] for i in row]))) for row in rows)

    def quantile(share):
        place = share * (resamples - 1)
        below = math.floor(place)
        above = min(below + 1, resamples - 1)
        return found[below] + (place - below) * (found[above] - found[below])

    return quantile((1 - level) / 2), quantile((1 + level) / 2)

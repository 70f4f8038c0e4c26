"""The same with arrays."""

import numpy as np


def positive(k):
    if k < 1:
        raise ValueError("k must be at least 1")


def recall_at_k(ranked, relevant, k):
    positive(k)
    wanted = list(dict.fromkeys(relevant))
    top = ranked[:k]
    return float(np.mean([name in top for name in wanted])) if wanted else 0.0


def mean_reciprocal_rank(rankings, relevant):
    if len(rankings) != len(relevant):
        raise ValueError("one set for each ranking")
    values = np.zeros(len(rankings))
    for query, (ranked, wanted) in enumerate(zip(rankings, relevant, strict=True)):
        hits = np.flatnonzero([name in wanted for name in ranked])
        if hits.size:
            values[query] = 1.0 / (1.0 + hits[0])
    return float(values.mean()) if values.size else 0.0


def ndcg_at_k(ranked, gains, k):
    positive(k)
    top = list(ranked[:k])
    first = [top.index(name) == position for position, name in enumerate(top)]
    found = np.array([gains.get(name, 0) for name in top], dtype=float) * np.array(first, dtype=float)
    best = np.sort(np.array(list(gains.values()), dtype=float))[::-1][:k]
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = float(best @ discounts[: len(best)])
    return float(found @ discounts[: len(found)]) / ideal if ideal else 0.0

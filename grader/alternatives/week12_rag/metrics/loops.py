"""Plain loops with early ends."""

import math


def recall_at_k(ranked, relevant, k):
    if k <= 0:
        raise ValueError(k)
    missing = set(relevant)
    total = len(missing)
    for name in list(ranked)[:k]:
        missing.discard(name)
    return (total - len(missing)) / total if total else 0.0


def mean_reciprocal_rank(rankings, relevant):
    if len(rankings) != len(relevant):
        raise ValueError("lengths differ")
    inverses = []
    for number, ranked in enumerate(rankings):
        inverse = 0.0
        for position, name in enumerate(ranked):
            if name in relevant[number]:
                inverse = 1 / (position + 1)
                break
        inverses.append(inverse)
    return math.fsum(inverses) / len(inverses) if inverses else 0.0


def ndcg_at_k(ranked, gains, k):
    if k <= 0:
        raise ValueError(k)
    paid, gained, ideal = set(), 0.0, 0.0
    for position, name in enumerate(ranked):
        if position < k and name not in paid:
            gained += gains.get(name, 0.0) / math.log2(position + 2)
            paid.add(name)
    for position, gain in enumerate(sorted(gains.values())[::-1]):
        if position < k:
            ideal += gain / math.log2(position + 2)
    return 0.0 if ideal == 0 else gained / ideal

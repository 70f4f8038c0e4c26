"""Sets of ids that were seen; a list of candidates that shrinks."""

from collections import defaultdict

import torch
from torch.nn import functional


def reciprocal_rank_fusion(rankings, k=60):
    scores = defaultdict(float)
    for ranking in rankings:
        seen = set()
        for position in range(len(ranking)):
            if ranking[position] not in seen:
                seen.add(ranking[position])
                scores[ranking[position]] += 1 / (k + position + 1)
    met = {name: number for number, name in enumerate(scores)}
    return sorted(scores.items(), key=lambda item: (-item[1], met[item[0]]))


def maximal_marginal_relevance(query, candidates, k, trade_off=0.5):
    directions = functional.normalize(candidates, dim=1, eps=1e-300 if candidates.dtype == torch.float64 else 1e-30)
    wanted = functional.normalize(query, dim=0, eps=1e-300 if query.dtype == torch.float64 else 1e-30)
    left = list(range(len(candidates)))
    relevance = torch.mv(directions, wanted)
    nearest, chosen = None, []
    while left and len(chosen) < k:
        value = relevance if nearest is None else trade_off * relevance - (1 - trade_off) * nearest
        values = value.tolist()
        best = max(left, key=lambda row: (values[row], -row))
        left.remove(best)
        chosen.append(best)
        likeness = torch.mv(directions, directions[best])
        nearest = likeness if nearest is None else torch.where(likeness > nearest, likeness, nearest)
    return chosen

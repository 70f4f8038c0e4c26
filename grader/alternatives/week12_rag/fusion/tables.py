"""Scores by id looked up in every ranking; similarities computed all at once."""

import torch


def reciprocal_rank_fusion(rankings, k=60):
    names = list(dict.fromkeys(name for ranking in rankings for name in ranking))
    pairs = [(name, sum(1 / (k + 1 + list(r).index(name)) for r in rankings if name in r)) for name in names]
    return sorted(pairs, key=lambda pair: -pair[1])


def maximal_marginal_relevance(query, candidates, k, trade_off=0.5):
    everything = torch.cat([query[None], candidates])
    length = everything.norm(dim=1, keepdim=True)
    units = torch.where(length == 0, everything, everything / length)
    cosines = units @ units.T
    relevance, among = cosines[0, 1:], cosines[1:, 1:]
    order = []
    free = torch.ones(len(candidates), dtype=torch.bool, device=query.device)
    while len(order) < k and bool(free.any()):
        value = relevance
        if order:
            value = trade_off * relevance - (1 - trade_off) * among[order].amax(dim=0)
        rows = free.nonzero()[:, 0]
        best = rows[torch.sort(value[rows], descending=True, stable=True).indices[0]]
        order.append(int(best))
        free[best] = False
    return order

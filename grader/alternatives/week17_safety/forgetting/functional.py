"""Fisher by a Jacobian of functional_call, penalty by one long dot product, reservoir by random keys."""

import heapq
import random

import torch


def fisher_diagonal(model, x):
    every = {name: p.detach() for name, p in model.named_parameters()}
    wanted = {name: p for name, p in every.items() if dict(model.named_parameters())[name].requires_grad}

    def log_probabilities(parameters, example):
        logits = torch.func.functional_call(model, {**every, **parameters}, (example[None],))[0]
        return logits - logits.logsumexp(-1)

    total = {name: torch.zeros_like(p) for name, p in wanted.items()}
    for example in x:
        log_p = log_probabilities(wanted, example).detach()
        for name, rows in torch.func.jacrev(log_probabilities)(wanted, example).items():
            total[name] += torch.tensordot(log_p.exp(), rows.detach() ** 2, dims=1)
    return {name: value / x.shape[0] for name, value in total.items()}


def ewc_penalty(parameters, anchor, fisher, strength):
    if not fisher:
        return torch.tensor(0.0)
    moved = torch.cat([(parameters[name] - anchor[name].detach()).flatten() for name in fisher])
    weights = torch.cat([value.detach().flatten() for value in fisher.values()])
    return 0.5 * strength * torch.dot(weights, moved * moved)


class ReservoirBuffer:
    """Each item gets a random key when it arrives; those with the largest keys stay."""

    def __init__(self, capacity, seed=0):
        if capacity < 1:
            raise ValueError("capacity")
        self.capacity, self.seen, self.heap = capacity, 0, []
        self.keys, self.draws = random.Random(f"keys {seed}"), random.Random(f"draws {seed}")

    @property
    def items(self):
        return [item for _, _, item in self.heap]

    def extend(self, stream):
        for item in stream:
            self.seen += 1
            entry = (self.keys.random(), self.seen, item)
            if len(self.heap) < self.capacity:
                heapq.heappush(self.heap, entry)
            else:
                heapq.heappushpop(self.heap, entry)

    def sample(self, count):
        return self.draws.sample(self.items, count)

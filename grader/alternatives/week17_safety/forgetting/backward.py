"""Fisher with backward on a copy of the model, penalty by a loop, reservoir by a coin and a place."""

import copy
import random

import torch


def fisher_diagonal(model, x):
    twin = copy.deepcopy(model)
    names = [name for name, p in twin.named_parameters() if p.requires_grad]
    fisher = {name: torch.zeros_like(twin.get_parameter(name)).detach() for name in names}
    for i in range(len(x)):
        probabilities = torch.softmax(twin(x[i : i + 1])[0].detach(), dim=0)
        for y, p in enumerate(probabilities):
            twin.zero_grad(set_to_none=True)
            torch.nn.functional.nll_loss(
                twin(x[i : i + 1]).log_softmax(-1), torch.tensor([y], device=x.device)
            ).backward()
            for name in names:
                gradient = twin.get_parameter(name).grad
                if gradient is not None:
                    fisher[name] += p * gradient.square()
    return {name: value / len(x) for name, value in fisher.items()}


def ewc_penalty(parameters, anchor, fisher, strength):
    terms = []
    for name in fisher:
        difference = parameters[name] - anchor[name].clone().detach()
        terms.append((fisher[name].detach() * difference.square()).sum())
    return torch.stack(terms).sum() * strength / 2 if terms else torch.zeros(())


class ReservoirBuffer:
    def __init__(self, capacity, seed=0):
        if capacity <= 0:
            raise ValueError("capacity")
        self.capacity, self.items, self.seen = capacity, [], 0
        self.draw = random.Random(seed)

    def extend(self, stream):
        for item in stream:
            self.seen += 1
            if self.seen <= self.capacity:
                self.items = [*self.items, item]
            elif self.draw.random() < self.capacity / self.seen:
                self.items[self.draw.randint(0, self.capacity - 1)] = item

    def sample(self, count):
        order = list(range(len(self.items)))
        if count > len(order):
            raise ValueError("count")
        self.draw.shuffle(order)
        return [self.items[i] for i in order[:count]]

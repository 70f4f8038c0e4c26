"""Masks by comparison with uniform numbers, flattened gradients, and a history of losses."""

import torch


def dropout(x, p, training=True, generator=None):
    if not (p >= 0 and p <= 1):
        raise ValueError("p")
    if p == 0 or not training:
        return x + 0
    if p == 1:
        return x * 0
    uniform = torch.empty(x.shape, device=x.device).uniform_(generator=generator)
    return (x / (1 - p)).masked_fill(uniform < p, 0.0)


def clip_gradients(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm")
    kept = [p for p in parameters if p.grad is not None]
    flat = torch.cat([p.grad.double().reshape(-1) for p in kept]) if kept else torch.zeros(1)
    norm = float((flat @ flat).sqrt())
    if max_norm < norm < float("inf"):
        for p in kept:
            p.grad.copy_(p.grad * (max_norm / norm))
    return norm


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError("patience must be at least 1")
        if min_delta < 0:
            raise ValueError("min_delta must not be negative")
        self.patience, self.min_delta = patience, min_delta
        self.best, self.answers, self.kept = float("inf"), [], []

    def should_stop(self, loss, model):
        improved = loss < self.best - self.min_delta
        if improved:
            self.best = loss
            self.kept = [tensor.clone() for tensor in model.state_dict().values()]
        self.answers.append(improved)
        return len(self.answers) >= self.patience and not any(self.answers[-self.patience :])

    def restore(self, model):
        if not self.kept:
            raise ValueError("no epoch has been good so far")
        with torch.no_grad():
            for now, best in zip(model.state_dict().values(), self.kept, strict=True):
                now.copy_(best)

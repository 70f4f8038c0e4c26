"""Bernoulli masks, stacked norms as torch's clip_grad_norm_, and deep copies."""

import copy
import math

import torch


def dropout(x, p, training=True, generator=None):
    if not 0.0 <= p <= 1.0:
        raise ValueError("dropout probability has to be between 0 and 1")
    if not training:
        return x * 1
    keep = torch.full(x.shape, 1 - p, device=x.device, dtype=x.dtype)
    mask = torch.bernoulli(keep, generator=generator)
    if p < 1:
        mask.div_(1 - p)
    return x * mask


def clip_gradients(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be positive")
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    total_norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))
    if not torch.isfinite(total_norm):
        return total_norm.item()
    clip_coef = max_norm / (total_norm + 1e-6)
    if total_norm > max_norm:
        for grad in grads:
            grad.mul_(clip_coef)
    return total_norm.item()


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience <= 0 or min_delta < 0:
            raise ValueError("patience, min_delta")
        self.patience, self.min_delta, self.counter = patience, min_delta, 0
        self.best, self.state = float("inf"), None

    def should_stop(self, loss, model):
        if math.isnan(loss) or loss >= self.best - self.min_delta:
            self.counter += 1
        else:
            self.best, self.counter, self.state = loss, 0, copy.deepcopy(model.state_dict())
        return self.counter >= self.patience

    def restore(self, model):
        if self.state is None:
            raise ValueError("nothing to restore")
        model.load_state_dict(copy.deepcopy(self.state))

"""One sum over all micro-batches and one backward: dear in memory, right in numbers."""

import math

import torch


def train_step(model, optimizer, micro_batches, max_norm=None):
    kept = [labels[:, 1:] != -100 for _, labels in micro_batches]
    count = sum(int(k.sum()) for k in kept)
    if not count:
        raise ValueError("no targets")
    total = 0
    for (ids, labels), keep in zip(micro_batches, kept, strict=True):
        log_p = model(ids)[:, :-1].log_softmax(-1)
        picked = log_p.gather(-1, labels[:, 1:].clamp(min=0).unsqueeze(-1)).squeeze(-1)
        total = total - torch.where(keep, picked, 0.0).sum()
    loss = total / count
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    norm = math.sqrt(sum(float((g * g).sum()) for g in gradients))
    factor = max_norm / (norm + 1e-6) if max_norm is not None and norm > max_norm else 1.0
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient * factor
    if math.isfinite(norm):
        optimizer.step()
    for parameter in parameters:
        parameter.grad = None
    return loss.item(), norm

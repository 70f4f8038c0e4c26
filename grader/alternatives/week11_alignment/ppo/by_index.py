"""Only the real tokens, picked out by index, and case by case; the step by torch.autograd.grad."""

import math

import torch


def picked(mask, clip, *tensors):
    if any(tensor.shape != mask.shape for tensor in tensors) or not clip > 0:
        raise ValueError("arguments")
    real = mask.bool()
    first, *rest = tensors
    return first[real], *(tensor.detach()[real] for tensor in rest)


def mean(losses):
    return losses.sum() / max(1, losses.numel())


def ppo_loss(logp, old_logp, advantages, mask, clip=0.2):
    logp, old, gains = picked(mask, clip, logp, old_logp, advantages)
    ratio = (logp - old).exp()
    limit = torch.where(gains > 0, 1 + clip, 1 - clip).to(ratio.dtype)
    stopped = torch.where(gains > 0, ratio > limit, ratio < limit)
    return mean(-torch.where(stopped, limit, ratio) * gains)


def value_loss(values, old_values, returns, mask, clip=0.2):
    values, old, goals = picked(mask, clip, values, old_values, returns)
    clipped = torch.minimum(torch.maximum(values, old - clip), old + clip)
    worse = (values - goals).abs() >= (clipped - goals).abs()
    return mean((torch.where(worse, values, clipped) - goals) ** 2 / 2)


def ppo_step(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    places = batch["mask"].nonzero()
    if not len(places) or (places[:, 1] == 0).any():
        raise ValueError("mask")
    rows, columns = places.unbind(1)
    logits, values = model(batch["ids"])
    ids = batch["ids"][rows, columns]
    scores = logits[rows, columns - 1]
    logp = scores[torch.arange(len(ids)), ids] - scores.logsumexp(-1)
    old = {name: batch[name][rows, columns] for name in ("logp", "values", "advantages", "returns")}
    everywhere = torch.ones_like(ids)
    policy = ppo_loss(logp, old["logp"], old["advantages"], everywhere, clip)
    value = value_loss(values[rows, columns - 1], old["values"], old["returns"], everywhere, clip)
    parameters = list(model.parameters())
    slopes = torch.autograd.grad(policy + value_weight * value, parameters)
    norm = math.sqrt(sum(float(slope.square().sum()) for slope in slopes))
    factor = max_norm / norm if norm > max_norm else 1.0
    for parameter, slope in zip(parameters, slopes, strict=True):
        parameter.grad = slope * factor
    if math.isfinite(norm):
        optimizer.step()
    for parameter in parameters:
        parameter.grad = None
    ratio = (logp.detach() - old["logp"]).exp()
    return {
        "policy_loss": policy.item(),
        "value_loss": value.item(),
        "norm": norm,
        "kl": float((old["logp"] - logp.detach()).mean()),
        "clipped": int(((ratio < 1 - clip) | (ratio > 1 + clip)).sum()) / len(ratio),
    }

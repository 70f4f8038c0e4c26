"""A factor times the peak, as transformers' schedulers compute it; groups by names."""

import math

import torch


def warm_up_cosine(step, peak, warm_up, total, floor=0.0):
    if step < 0 or warm_up < 0 or not warm_up < total:
        raise ValueError("steps")
    if step < warm_up:
        return peak * (float(step) / float(max(1, warm_up)))
    if step >= total:
        return floor
    progress = float(step - warm_up) / float(max(1, total - warm_up))
    lowest = floor / peak
    factor = 0.5 * (1.0 + math.cos(math.pi * 0.5 * 2.0 * progress))
    return peak * max(0.0, factor * (1 - lowest) + lowest)


def warm_up_stable_decay(step, peak, warm_up, stable, decay, floor=0.0):
    if any(number < 0 for number in (step, warm_up, stable, decay)):
        raise ValueError("steps")
    lowest = floor / peak
    if step < warm_up:
        return peak * float(step) / float(max(1, warm_up))
    if decay and step <= warm_up + stable or step < warm_up + stable:
        return peak
    if step < warm_up + stable + decay:
        progress = float(step - warm_up - stable) / float(max(1, decay))
        return peak * ((1.0 - progress) * (1 - lowest) + lowest)
    return floor


def make_optimizer(model, rate, weight_decay):
    decay, rest = [], []
    for _, parameter in model.named_parameters():
        if parameter.requires_grad:
            (decay if parameter.dim() > 1 else rest).append(parameter)
    groups = [dict(params=decay, weight_decay=weight_decay), dict(params=rest, weight_decay=0.0)]
    return torch.optim.AdamW(groups, rate, (0.9, 0.95))

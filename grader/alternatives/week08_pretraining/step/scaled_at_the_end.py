"""Sums first, one division of the gradients in the end, and clipping by hand."""

import torch
from torch.nn import functional as F


def train_step(model, optimizer, micro_batches, max_norm=None):
    if all((labels[..., 1:] == -100).all() for _, labels in micro_batches):
        raise ValueError("nothing to learn")
    for parameter in model.parameters():
        parameter.grad = None
    loss, count = 0.0, 0
    for ids, labels in micro_batches:
        labels = F.pad(labels[:, 1:], (0, 1), value=-100)
        part = F.cross_entropy(model(ids).transpose(1, 2), labels, reduction="sum")
        part.backward()
        loss, count = loss + float(part.detach()), count + int((labels != -100).sum())
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    for gradient in gradients:
        gradient.div_(count)
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    if max_norm is not None and norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    if torch.isfinite(norm):
        optimizer.step()
    model.zero_grad(set_to_none=False)
    return loss / count, norm.item()

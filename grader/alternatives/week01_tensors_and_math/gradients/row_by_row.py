"""Slopes as a list, gradients as a sum of outer products, the chain by transposes."""

import torch


def numerical_gradient(f, x, eps=1e-6):
    if eps <= 0:
        raise ValueError("eps")
    wide = x.detach().double()
    steps = eps * torch.eye(wide.numel(), dtype=torch.float64, device=x.device).view(-1, *wide.shape)
    slopes = [(float(f(wide + step)) - float(f(wide - step))) / eps / 2 for step in steps]
    return torch.tensor(slopes, dtype=torch.float64, device=x.device).view(x.shape).to(x.dtype)


@torch.no_grad()
def linear_softmax_backward(x, W, targets):
    if not len(x):
        raise ValueError("no rows")
    loss, dx, dW = 0.0, [], torch.zeros_like(W)
    for row, target in zip(x, targets.tolist(), strict=True):
        if not 0 <= target < len(W):
            raise ValueError("no class")
        logits = W @ row
        powers = (logits - logits.max()).exp()
        loss = loss + powers.sum().log() - (logits[target] - logits.max())
        error = powers / powers.sum()
        error[target] -= 1
        dx.append(W.mT @ error)
        dW += error[:, None] * row
    n = len(x)
    return loss / n, torch.stack(dx) / n, dW / n


def chain(jacobians):
    if len(jacobians) == 0:
        raise ValueError("no links")
    column = jacobians[-1].mT
    for link in jacobians[-2::-1] if len(jacobians) > 1 else []:
        if link.shape[0] != column.shape[0]:
            raise ValueError("links do not fit")
        column = link.mT @ column
    return column.mT

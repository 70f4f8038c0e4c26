"""Products and loss by hand, the gradients from torch.autograd.grad, the share from a confusion table."""

import torch
from torch import nn


def gelu(x):
    return 0.5 * x * (1 + torch.erf(x / 2**0.5))


class MLP(nn.Module):
    def __init__(self, sizes, activation="relu", generator=None):
        if len(sizes) < 2 or min(sizes) < 1 or activation not in ("relu", "tanh", "gelu"):
            raise ValueError("sizes or activation")
        super().__init__()
        self.bend = {"relu": lambda x: x.clamp(min=0), "tanh": torch.tanh, "gelu": gelu}[activation]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        for layer in self.layers:
            drawn = torch.randn(layer.weight.shape, generator=generator) * (2 / layer.weight.shape[1]) ** 0.5
            layer.weight = nn.Parameter(drawn)
            layer.bias = nn.Parameter(torch.zeros(len(drawn)))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.bend(x @ layer.weight.T + layer.bias)
        return x @ self.layers[-1].weight.T + self.layers[-1].bias


class SimpleNN(MLP):
    def __init__(self, inputs, hidden, outputs, generator=None):
        super().__init__([inputs, hidden, outputs], "relu", generator)


def train(model, batches, optimizer):
    mode, total, count = model.training, 0.0, 0
    model.train()
    for x, y in batches:
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        logits = model(x)
        losses = logits.logsumexp(dim=-1) - logits[torch.arange(len(y)), y]
        for parameter, slope in zip(parameters, torch.autograd.grad(losses.mean(), parameters), strict=True):
            parameter.grad = slope
        optimizer.step()
        total, count = total + float(losses.detach().sum()), count + len(y)
    model.train(mode)
    if not count:
        raise ValueError("no batches")
    return total / count


def accuracy(model, batches):
    mode, right, wrong = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in batches:
            same = torch.eq(torch.argmax(model(x), dim=1), y)
            right += int(same.sum())
            wrong += int((~same).sum())
    model.train(mode)
    if right + wrong == 0:
        raise ValueError("no batches")
    return right / (right + wrong)

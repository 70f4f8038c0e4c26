"""Layers by index, weights by kaiming_normal_, sums as tensors, the graph switched off by a decorator."""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, sizes, activation="relu", generator=None):
        super().__init__()
        sizes = list(sizes)
        if len(sizes) <= 1 or any(size <= 0 for size in sizes):
            raise ValueError("bad sizes")
        self.act = {"relu": nn.ReLU(), "tanh": nn.Tanh(), "gelu": nn.GELU()}.get(activation)
        if self.act is None:
            raise ValueError("unknown activation")
        self.layers = nn.ModuleList()
        for i in range(len(sizes) - 1):
            layer = nn.Linear(sizes[i], sizes[i + 1])
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)
            self.layers.append(layer)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = self.act(x)
        return x


class SimpleNN(MLP):
    def __init__(self, inputs, hidden, outputs, generator=None):
        MLP.__init__(self, (inputs, hidden, outputs), "relu", generator)


def train(model, batches, optimizer):
    mode = model.training
    model.train(True)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    losses, sizes = [], []
    for inputs, labels in batches:
        optimizer.zero_grad()
        total = criterion(model(inputs), labels)
        (total / labels.numel()).backward()
        optimizer.step()
        losses.append(float(total.detach()))
        sizes.append(labels.numel())
    model.train(mode)
    if not sizes:
        raise ValueError("nothing to train on")
    return sum(losses) / sum(sizes)


@torch.inference_mode()
def accuracy(model, batches):
    mode = model.training
    model.eval()
    hits = [hit for x, y in batches for hit in (model(x).max(dim=1).indices == y).tolist()]
    model.train(mode)
    if len(hits) == 0:
        raise ValueError("nothing to measure on")
    return sum(hits) / len(hits)

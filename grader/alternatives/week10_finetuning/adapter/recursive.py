"""Adapters put in by a recursion from the inside out; GELU from its definition."""

import math

import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self, width, bottleneck):
        super().__init__()
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        for parameter in self.up.parameters():
            parameter.data.zero_()

    def forward(self, x):
        inner = self.down(x)
        inner = inner * 0.5 * (1 + torch.erf(inner / math.sqrt(2)))
        return torch.add(self.up(inner), x)


class Adapted(nn.Module):
    def __init__(self, module, adapter):
        super().__init__()
        self.adapter = adapter
        self.module = module

    def forward(self, *args, **kwargs):
        answer = self.module(*args, **kwargs)
        if type(answer) is not tuple:
            return self.adapter(answer)
        first, *rest = answer
        return (self.adapter(first), *rest)


def insert_adapters(model, target_modules, width, bottleneck):
    names = [name for name, _ in model.named_modules() if name]
    wanted = {name for name in names for target in target_modules if ("." + name).endswith("." + target)}
    if not wanted:
        raise ValueError(target_modules)
    weight = [*model.parameters()][0]
    for parameter in model.parameters():
        parameter.requires_grad = False

    def visit(module, path):
        for child, inside in list(module.named_children()):
            name = f"{path}.{child}" if path else child
            visit(inside, name)
            if name in wanted:
                adapter = Adapter(width, bottleneck).to(weight.device).to(weight.dtype)
                module.add_module(child, Adapted(inside, adapter))

    visit(model, "")
    return model

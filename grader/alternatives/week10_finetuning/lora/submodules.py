"""LoRA that scales the input of the branch, merges in float64, and keeps the old weight in a plain list."""

import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha, dropout=0.0):
        if rank < 1:
            raise ValueError(rank)
        super().__init__()
        self.base = base
        self.base.weight.requires_grad_(False)
        if self.base.bias is not None:
            self.base.bias.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.empty_like(base.weight[:1]).repeat(rank, 1))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.lora_B = nn.Parameter(base.weight.new_zeros((base.out_features, rank)))
        self.drop = nn.Dropout(dropout) if dropout > 0 else nn.Identity()
        self.scaling = float(alpha) / float(rank)
        self.merged = False
        self.kept = []

    def forward(self, x):
        if self.merged:
            return self.base(x)
        low = (self.drop(x) * self.scaling) @ self.lora_A.mT
        return torch.add(self.base(x), low @ self.lora_B.mT)

    def merge(self):
        if self.merged:
            return
        weight = self.base.weight.data
        self.kept = [weight.clone()]
        exact = weight.double() + self.scaling * self.lora_B.data.double() @ self.lora_A.data.double()
        weight.copy_(exact)
        self.merged = True

    def unmerge(self):
        if self.merged:
            self.base.weight.data.copy_(self.kept.pop())
            self.merged = False


def inject_lora(model, target_modules, rank, alpha):
    modules = dict(model.named_modules())
    names = [
        name for name in modules if any(name == target or name.endswith(f".{target}") for target in target_modules)
    ]
    if not names:
        raise ValueError("no such module")
    for name in names:
        if type(modules[name]) is not nn.Linear:
            raise ValueError(name)
    new = {name: LoRALinear(modules[name], rank, alpha) for name in names} if rank >= 1 else None
    if new is None:
        raise ValueError(rank)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, layer in new.items():
        *path, last = name.split(".")
        modules[".".join(path)]._modules[last] = layer
    return model


def merge_lora(model):
    for path, module in list(model.named_modules()):
        if type(module) is LoRALinear:
            module.merge()
            if not path:
                return module.base
            parent = model
            *front, last = path.split(".")
            for word in front:
                parent = getattr(parent, word)
            parent._modules[last] = module.base
    return model


def trainable_parameters(model):
    learns = every = 0
    for parameter in set(model.parameters()):
        every += math.prod(parameter.shape)
        learns += math.prod(parameter.shape) * parameter.requires_grad
    return learns, every

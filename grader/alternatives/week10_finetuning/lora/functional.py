"""LoRA out of plain functions, with a merged weight beside the old one, and a recursion over the modules."""

import torch
from torch import nn
from torch.nn import functional as F


class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha, dropout=0.0):
        super().__init__()
        if rank <= 0:
            raise ValueError("rank")
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad = False
        bound = 1 / base.in_features**0.5
        like = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features, **like).uniform_(-bound, bound))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank, **like))
        self.p = dropout
        self.scaling = alpha / rank
        self.before = None

    @property
    def merged(self):
        return self.before is not None

    def change(self):
        dtype = torch.float64 if self.base.weight.dtype == torch.float64 else torch.float32
        return torch.einsum("or,ri->oi", self.lora_B.to(dtype), self.lora_A.to(dtype)) * self.scaling

    def forward(self, x):
        answer = F.linear(x, self.base.weight, self.base.bias)
        if not self.merged:
            low = F.linear(F.dropout(x, self.p, self.training), self.lora_A)
            answer = answer + F.linear(low, self.lora_B) * self.scaling
        return answer

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self.before = self.base.weight.detach().clone()
            change = self.change()
            self.base.weight.data = (self.before.to(change.dtype) + change).to(self.before.dtype)

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight.data = self.before
            self.before = None


def is_target(name, target_modules):
    words = name.split(".")
    return any(words[-len(target.split(".")) :] == target.split(".") for target in target_modules)


def inject_lora(model, target_modules, rank, alpha):
    found = [(name, module) for name, module in model.named_modules() if name and is_target(name, target_modules)]
    if rank < 1 or not found or not all(isinstance(module, nn.Linear) for _, module in found):
        raise ValueError("nothing to adapt")
    for parameter in model.parameters():
        parameter.requires_grad = False
    wanted = {id(module) for _, module in found}

    def visit(module):
        for name, child in list(module.named_children()):
            if id(child) in wanted:
                module.add_module(name, LoRALinear(child, rank, alpha))
            else:
                visit(child)

    visit(model)
    return model


def merge_lora(model):
    if isinstance(model, LoRALinear):
        model.merge()
        return model.base
    for name, child in list(model.named_children()):
        setattr(model, name, merge_lora(child))
    return model


def trainable_parameters(model):
    seen = {id(parameter): parameter for module in model.modules() for parameter in module._parameters.values()}
    parameters = [parameter for parameter in seen.values() if parameter is not None]
    every = sum(parameter.nelement() for parameter in parameters)
    return every - sum(parameter.nelement() for parameter in parameters if not parameter.requires_grad), every

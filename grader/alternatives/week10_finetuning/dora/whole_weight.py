"""DoRA as tutorials write it: the whole new weight is made in every call, with the norm detached."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class DoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        if rank < 1:
            raise ValueError("rank")
        for parameter in base.parameters():
            parameter.requires_grad = False
        self.base = base
        like = {"dtype": base.weight.dtype, "device": base.weight.device}
        bound = 1 / math.sqrt(base.in_features)
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features, **like).uniform_(-bound, bound))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank, **like))
        self.scaling = float(alpha) / rank
        self.magnitude = nn.Parameter(base.weight.detach().float().norm(dim=1).to(base.weight.dtype))
        if base.weight.dtype == torch.float64:
            self.magnitude.data = base.weight.detach().norm(dim=1)
        self.merged = False
        self.saved = None

    def new_weight(self):
        wide = torch.float64 if self.base.weight.dtype == torch.float64 else torch.float32
        rows = self.base.weight.to(wide) + self.scaling * (self.lora_B.to(wide) @ self.lora_A.to(wide))
        norm = rows.norm(dim=1, keepdim=True).detach()
        safe = torch.where(norm > 0, norm, torch.ones_like(norm))
        return torch.where(norm > 0, self.magnitude.to(wide)[:, None] * rows / safe, torch.zeros_like(rows))

    def forward(self, x):
        if self.merged:
            return self.base(x)
        return F.linear(x, self.new_weight().to(x.dtype), self.base.bias)

    def merge(self):
        if not self.merged:
            self.saved = self.base.weight.data.clone()
            self.base.weight.data.copy_(self.new_weight().detach())
            self.merged = True

    def unmerge(self):
        if self.merged:
            self.base.weight.data.copy_(self.saved)
            self.saved = None
            self.merged = False

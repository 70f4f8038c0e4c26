"""DoRA as peft writes it: what it adds to the base's answer, which is scaled up to its new length."""

import torch
from torch import nn


class DoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        if not rank >= 1:
            raise ValueError(rank)
        self.base = base.requires_grad_(False)
        weight = base.weight
        first = nn.Linear(base.in_features, rank, bias=False, dtype=weight.dtype, device=weight.device)
        self.lora_A = nn.Parameter(first.weight.data)
        self.lora_B = nn.Parameter(torch.zeros_like(weight[:, :1]).repeat(1, rank))
        self.scaling = alpha / rank
        self.merged = False
        self.before = {}
        norm, _ = self.norm()
        self.magnitude = nn.Parameter(norm.to(weight.dtype))

    def norm(self):
        with torch.no_grad():
            wide = torch.promote_types(self.base.weight.dtype, torch.float32)
            low_rank = self.lora_A.to(wide).T.mm(self.lora_B.to(wide).T).T
            rows = self.base.weight.to(wide).add(low_rank, alpha=self.scaling)
            return (rows * rows).sum(dim=1).sqrt(), rows

    def forward(self, x):
        result = self.base(x)
        if self.merged:
            return result
        norm, _ = self.norm()
        alive = norm != 0
        scale = torch.zeros_like(norm)
        scale[alive] = self.magnitude[alive] / norm[alive]
        plain = result if self.base.bias is None else result - self.base.bias
        change = nn.functional.linear(nn.functional.linear(x, self.lora_A), self.lora_B)
        return (result + (scale - 1) * plain + scale * change * self.scaling).to(x.dtype)

    @torch.no_grad()
    def merge(self):
        if self.merged:
            return
        norm, rows = self.norm()
        self.before["weight"] = self.base.weight.detach().clone()
        quotient = torch.where(norm == 0, 0, self.magnitude / norm)
        self.base.weight.copy_(torch.einsum("o,oi->oi", quotient, rows))
        self.merged = True

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight.copy_(self.before.pop("weight"))
            self.merged = False

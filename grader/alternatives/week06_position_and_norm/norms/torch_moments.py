"""With torch's own moments, plain square roots, and a reshape to two axes for batch norm."""

import torch
from torch import nn


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
        self.eps = eps

    def forward(self, x):
        dtype = x.dtype
        x = x.float() if dtype in (torch.float16, torch.bfloat16) else x
        variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
        return torch.addcmul(self.bias, (x - mean) / (variance + self.eps) ** 0.5, self.weight).to(dtype)


class RMSNorm(nn.Module):
    """As LLaMA writes it: back to the dtype of x before the weight."""

    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.variance_epsilon = eps

    def forward(self, x):
        wide = x if x.dtype == torch.float64 else x.to(torch.float32)
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        return (self.weight * wide.to(x.dtype)).to(x.dtype)


class BatchNorm1d(nn.Module):
    def __init__(self, features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.bias, self.weight = nn.Parameter(torch.zeros(features)), nn.Parameter(torch.ones(features))
        self.register_buffer("num_batches_tracked", torch.zeros((), dtype=torch.long))
        self.register_buffer("running_var", torch.ones(features))
        self.register_buffer("running_mean", torch.zeros(features))

    def forward(self, x):
        rows = x.movedim(1, -1).reshape(-1, x.shape[1])  # [numbers a feature, features]
        mean, variance = self.running_mean, self.running_var
        if self.training:
            if len(rows) < 2:
                raise ValueError("one number a feature")
            mean, variance = rows.mean(0), rows.var(0, correction=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.detach()
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * rows.detach().var(0)
            self.num_batches_tracked.add_(1)
        rows = (rows - mean) / torch.sqrt(variance + self.eps) * self.weight + self.bias
        return rows.reshape(*x.shape[:1], *x.shape[2:], x.shape[1]).movedim(-1, 1)


def influence(norm, x, row, position, token):
    before = norm(x)
    mask = torch.zeros(x.shape[:2], dtype=torch.bool, device=x.device)
    mask[row, position] = True
    after = norm(torch.where(mask[..., None], token, x))
    return torch.linalg.vector_norm((after - before).detach(), ord=float("inf"), dim=-1)

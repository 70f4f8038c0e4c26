"""Every expert answers every token, and most answers get weight 0; scores of the others are set to minus infinity."""

import torch
import torch.nn.functional as F
from torch import nn


class MixtureOfExperts(nn.Module):
    def __init__(self, d_model, hidden, experts, top_k):
        super().__init__()
        if top_k < 1 or top_k > experts:
            raise ValueError("top_k")
        self.k = top_k
        self.router = nn.Linear(d_model, experts, bias=False)
        self.W_gate, self.W_up = (nn.Parameter(torch.randn(experts, hidden, d_model)) for _ in range(2))
        self.W_down = nn.Parameter(torch.randn(experts, d_model, hidden))

    def forward(self, x):
        logits = x @ self.router.weight.T
        kept = torch.full_like(logits, -torch.inf)
        best = logits.topk(self.k).indices
        kept = kept.scatter(-1, best, logits.gather(-1, best))
        weights = kept.softmax(-1)  # a softmax over the chosen is the softmax over all, renormalised
        h = F.silu(torch.einsum("...d,ehd->...eh", x, self.W_gate)) * torch.einsum("...d,ehd->...eh", x, self.W_up)
        return torch.einsum("...e,...eh,edh->...d", weights, h, self.W_down), logits


def balance_loss(logits, top_k):
    n = logits.shape[-1]
    if top_k < 1 or top_k > n:
        raise ValueError("top_k")
    flat = logits.reshape(-1, n)
    counts = torch.bincount(flat.topk(top_k).indices.flatten(), minlength=n).to(flat.dtype)
    return n * torch.dot(counts / counts.sum(), flat.softmax(-1).mean(0))

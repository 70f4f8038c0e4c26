"""In the style of a tutorial: one head after the other, rows of the matrices cut out, softmax written out."""

import math

import torch
from torch import nn


def rotate(x, positions):
    parts = []
    for pair in range(x.shape[-1] // 2):
        angle = positions.to(x.dtype) / 10000.0 ** (2 * pair / x.shape[-1])
        a, b = x[..., 2 * pair], x[..., 2 * pair + 1]
        parts.append(a * torch.cos(angle) - b * torch.sin(angle))
        parts.append(a * torch.sin(angle) + b * torch.cos(angle))
    return torch.stack(parts, dim=-1)


class LatentAttention(nn.Module):
    def __init__(self, d_model, num_heads, head_dim, latent_dim, rotary_dim):
        super().__init__()
        for size in (d_model, num_heads, head_dim, latent_dim, rotary_dim):
            if size < 1:
                raise ValueError(f"{size} is below 1")
        if rotary_dim % 2 != 0:
            raise ValueError("rotary_dim must be even")
        self.num_heads = num_heads
        self.head_dim = head_dim
        self.rotary_dim = rotary_dim
        self.W_q = nn.Linear(d_model, num_heads * head_dim, bias=False)
        self.W_qr = nn.Linear(d_model, num_heads * rotary_dim, bias=False)
        self.W_dkv = nn.Linear(d_model, latent_dim, bias=False)
        self.W_kr = nn.Linear(d_model, rotary_dim, bias=False)
        self.W_uk = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_uv = nn.Linear(latent_dim, num_heads * head_dim, bias=False)
        self.W_o = nn.Linear(num_heads * head_dim, d_model, bias=False)

    def forward(self, x, cache=None):
        return self.attend(x, cache, absorb=False)

    def absorbed(self, x, cache=None):
        return self.attend(x, cache, absorb=True)

    def attend(self, x, cache, absorb):
        past = 0
        if cache is not None:
            past = cache[0].shape[1]
        new = x.shape[1]
        positions = torch.arange(new, device=x.device) + past
        c = self.W_dkv(x)
        r = rotate(self.W_kr(x), positions)
        if cache is not None:
            c = torch.cat((cache[0], c), dim=1)
            r = torch.cat((cache[1], r), dim=1)
        visible = torch.arange(past + new, device=x.device)[None, :] <= positions[:, None]
        outputs = []
        for head in range(self.num_heads):
            rows = slice(head * self.head_dim, (head + 1) * self.head_dim)
            turned = slice(head * self.rotary_dim, (head + 1) * self.rotary_dim)
            query = x @ self.W_q.weight[rows].T
            rotary_query = rotate(x @ self.W_qr.weight[turned].T, positions)
            up_key, up_value = self.W_uk.weight[rows], self.W_uv.weight[rows]
            scores = rotary_query @ r.transpose(1, 2)
            if absorb:
                scores = scores + (query @ up_key) @ c.transpose(1, 2)
            else:
                scores = scores + query @ (c @ up_key.T).transpose(1, 2)
            scores = scores / math.sqrt(self.head_dim + self.rotary_dim)
            scores = scores.masked_fill(~visible, float("-inf"))
            weights = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
            weights = weights / weights.sum(dim=-1, keepdim=True)
            if absorb:
                outputs.append((weights @ c) @ up_value.T)
            else:
                outputs.append(weights @ (c @ up_value.T))
        return self.W_o(torch.cat(outputs, dim=-1)), (c, r)

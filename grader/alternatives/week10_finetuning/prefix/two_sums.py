"""Attention as one softmax put together from two sums; the encoder with einops-like reshapes done by unflatten."""

import torch
from torch import nn


class PrefixEncoder(nn.Module):
    def __init__(self, length, layers, heads, head_dim, hidden=None):
        super().__init__()
        self.layers, self.heads, self.head_dim = layers, heads, head_dim
        size = heads * head_dim
        self.embedding = nn.Embedding(length, size if hidden else 2 * layers * size)
        self.transform = None
        if hidden:
            self.transform = nn.Sequential(nn.Linear(size, hidden), nn.Tanh(), nn.Linear(hidden, 2 * layers * size))

    def forward(self, batch):
        places = torch.arange(self.embedding.num_embeddings, device=self.embedding.weight.device)
        rows = self.embedding(places.expand(batch, -1))
        if self.transform:
            rows = self.transform(rows)
        return torch.einsum("bplvhd->lvbhpd", rows.unflatten(-1, (self.layers, 2, self.heads, self.head_dim)))


def drop_transform(encoder):
    rows = encoder.embedding.weight.detach()
    if encoder.transform is not None:
        rows = encoder.transform(rows).detach()
    layers, _, _, heads, length, head_dim = encoder(1).shape
    plain = PrefixEncoder(length, layers, heads, head_dim)
    plain.embedding.weight = nn.Parameter(rows.clone())
    return plain


def prefix_attention(query, key, value, prefix, mask=None):
    scale = query.shape[-1] ** -0.5
    to_prefix = torch.einsum("bhqd,bhpd->bhqp", query, prefix[0]) * scale
    to_keys = torch.einsum("bhqd,bhkd->bhqk", query, key) * scale
    if mask is not None:
        to_keys = torch.where(mask, to_keys, -torch.inf)
    top = torch.maximum(to_prefix.amax(-1), to_keys.amax(-1)).unsqueeze(-1).detach()
    to_prefix, to_keys = (to_prefix - top).exp(), (to_keys - top).exp()
    total = to_prefix.sum(-1, keepdim=True) + to_keys.sum(-1, keepdim=True)
    return (to_prefix @ prefix[1] + to_keys @ value) / total

"""torch's own attention with the mask as a bias; the encoder with a transpose per axis and a repeat."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class PrefixEncoder(nn.Module):
    def __init__(self, length, layers, heads, head_dim, hidden=None):
        super().__init__()
        self.sizes = (layers, 2, heads, head_dim)
        width = heads * head_dim
        self.transform = None
        if hidden is not None:
            self.transform = nn.Sequential(
                nn.Linear(width, hidden), nn.Tanh(), nn.Linear(hidden, layers * 2 * heads * head_dim)
            )
            self.embedding = nn.Embedding(length, width)
        else:
            self.embedding = nn.Embedding(length, layers * 2 * width)

    def rows(self):
        return self.embedding.weight if self.transform is None else self.transform(self.embedding.weight)

    def forward(self, batch):
        rows = self.rows()
        prefix = rows.reshape(len(rows), *self.sizes).movedim(0, 3)
        return torch.stack([prefix] * batch, dim=2)


def drop_transform(encoder):
    plain = copy.deepcopy(encoder)
    rows = encoder.rows().detach().clone()
    plain.transform = None
    plain.embedding = nn.Embedding.from_pretrained(rows, freeze=False)
    return plain


def prefix_attention(query, key, value, prefix, mask=None):
    bias = None
    if mask is not None:
        bias = torch.zeros(mask.shape, dtype=query.dtype, device=query.device).masked_fill(~mask, -torch.inf)
        bias = F.pad(bias, (prefix.shape[-2], 0))
    keys, values = torch.cat((prefix[0], key), 2), torch.cat((prefix[1], value), 2)
    return F.scaled_dot_product_attention(query, keys, values, bias)

"""No mask at all: every token is read alone, so the cache holds what it may see and nothing else."""

import debug_decoder as given
import torch


class CachedAttention(given.CachedAttention):
    def forward(self, x, cache):
        return torch.cat([super(CachedAttention, self).forward(row, cache) for row in x.split(1)])

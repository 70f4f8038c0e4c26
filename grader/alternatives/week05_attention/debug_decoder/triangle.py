"""The repair as a triangle whose diagonal is moved by what is cached, and attention step by step."""

import math

import debug_decoder as given
import torch


class CachedAttention(given.CachedAttention):
    def forward(self, x, cache):
        q, (k, v) = self.W_q(x), cache.append(self.layer, self.W_k(x), self.W_v(x))
        queries, keys = q.shape[-2], k.shape[-2]
        visible = torch.ones(queries, keys, dtype=torch.bool, device=x.device).tril(keys - queries)
        scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~visible, float("-inf"))
        return self.W_o(torch.softmax(scores, -1) @ v)

"""The repair in the other place: padding stands behind the texts, and [CLS] at the beginning of each row."""

import torch
from debug_encoder import CLS, PAD
from debug_encoder import Encoder as Given


def pad(texts):
    longest = 1 + max(len(text) for text in texts)
    ids = torch.tensor([[CLS] + text + [PAD] * (longest - 1 - len(text)) for text in texts])
    return ids, ids != PAD


class Encoder(Given):
    @torch.no_grad()
    def encode(self, texts):
        ids, real = (x.to(self.embedding.weight.device) for x in pad(texts))
        return self(ids, real)[:, 0]

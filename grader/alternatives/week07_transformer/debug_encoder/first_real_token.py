"""The repair by counting the padding in front."""

import debug_encoder as given
import torch


class Encoder(given.Encoder):
    @torch.no_grad()
    def encode(self, texts):
        ids, real = (x.to(self.embedding.weight.device) for x in given.pad(texts))
        x = self(ids, real)
        return x[torch.arange(len(texts), device=x.device), (~real).sum(dim=1)]

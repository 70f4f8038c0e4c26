"""The repair without padding: each caption by itself, with the begin in front of what is read."""

import debug_caption as given
import torch


class Captioner(given.Captioner):
    def loss(self, features, captions):
        total, count = 0.0, 0
        for picture, caption in zip(features, captions, strict=True):
            read = torch.tensor([[self.begin, *caption]], device=features.device)
            write = torch.tensor([*caption, self.end], device=features.device)
            scores = self(picture[None], read)[0].log_softmax(-1)
            total = total - scores[torch.arange(len(write), device=features.device), write].sum()
            count += len(write)
        return total / count

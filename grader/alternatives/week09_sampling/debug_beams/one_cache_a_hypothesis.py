"""No rows to reorder: every hypothesis is an object that owns its memory, and the best continuations are chosen."""

import heapq

import debug_beams as given
import torch


class CachedBeams(given.CachedBeams):
    def __init__(self, step, prompt, beams):
        super().__init__(step, prompt, beams)
        row = self.cache[:1]
        self.kept = [(0.0, [], int(self.unread[0]), row)]
        self.beams, self.device = beams, prompt.device

    def advance(self):
        unread = torch.tensor([token for _, _, token, _ in self.kept], device=self.device)
        logits, grown = self.step(unread, torch.cat([row for *_, row in self.kept]))
        gains = torch.log_softmax(logits.double(), dim=-1).tolist()
        continued = (
            (total + gain, [*text, token], token, grown[[number]])
            for number, ((total, text, _, _), row) in enumerate(zip(self.kept, gains, strict=True))
            for token, gain in enumerate(row)
        )
        self.kept = heapq.nlargest(self.beams, continued, key=lambda one: one[0])

    def best(self):
        return [(text, total) for total, text, _, _ in self.kept if total > float("-inf")]

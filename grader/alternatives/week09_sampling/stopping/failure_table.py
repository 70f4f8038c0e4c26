"""Knuth, Morris and Pratt: one counter for each stop string, and a table that says where to go on after a misfit."""

import torch
from torch.nn import functional


class StopStrings:
    def __init__(self, stop):
        if "" in stop:
            raise ValueError("an empty stop string")
        self.patterns = [(string, self.table(string)) for string in stop]
        self.matched = [0] * len(self.patterns)
        self.stopped_by, self.pending = None, ""

    @staticmethod
    def table(string):
        back = [0] * len(string)
        for place in range(1, len(string)):
            size = back[place - 1]
            while size and string[size] != string[place]:
                size = back[size - 1]
            back[place] = size + (string[size] == string[place])
        return back

    def push(self, piece):
        if self.stopped_by is not None:
            return ""
        for place, character in enumerate(piece):
            for number, (string, back) in enumerate(self.patterns):
                size = self.matched[number]
                while size and string[size] != character:
                    size = back[size - 1]
                self.matched[number] = size + (string[size] == character)
            complete = [s for (s, _), n in zip(self.patterns, self.matched, strict=True) if n == len(s)]
            if complete:
                self.stopped_by = max(complete, key=len)
                text, self.pending = self.pending + piece[: place + 1], ""
                return text[: -len(self.stopped_by)]
        text = self.pending + piece
        keep = len(text) - max(self.matched, default=0)
        self.pending = text[keep:]
        return text[:keep]

    def finish(self):
        rest, self.pending = self.pending, ""
        return rest


def token_logprobs(logits, ids, top):
    if not 0 <= top <= logits.shape[-1]:
        raise ValueError("top")
    wide = logits if logits.dtype == torch.float64 else logits.float()
    flat, names = wide.reshape(-1, wide.shape[-1]), ids.reshape(-1)
    chosen = -functional.cross_entropy(flat, names, reduction="none").reshape(ids.shape)
    values, order = torch.log_softmax(wide, dim=-1).sort(dim=-1, descending=True, stable=True)
    return chosen, values[..., :top], order[..., :top]

"""One character at a time, straight from the definition; log-probabilities as logits minus logsumexp."""

import torch


class StopStrings:
    def __init__(self, stop):
        for string in stop:
            if len(string) == 0:
                raise ValueError("empty stop string")
        self.strings = sorted(set(stop), key=len, reverse=True)
        self.stopped_by = None
        self.tail = ""

    def push(self, piece):
        shown = []
        for character in piece:
            if self.stopped_by:
                break
            self.tail += character
            for string in self.strings:
                if self.tail.endswith(string):
                    self.stopped_by = string
                    shown.append(self.tail[: len(self.tail) - len(string)])
                    self.tail = ""
                    break
            while self.tail and not any(string.startswith(self.tail) for string in self.strings):
                shown.append(self.tail[0])
                self.tail = self.tail[1:]
        return "".join(shown)

    def finish(self):
        tail = self.tail
        self.tail = ""
        return tail


def token_logprobs(logits, ids, top):
    vocab = logits.shape[-1]
    if top < 0 or top > vocab:
        raise ValueError("top")
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    normalised = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    chosen = torch.take_along_dim(normalised, ids[..., None], dim=-1)[..., 0]
    order = torch.argsort(-normalised, dim=-1, stable=True)[..., :top]
    return chosen, torch.take_along_dim(normalised, order, dim=-1), order

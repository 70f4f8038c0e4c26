"""A table of losses that each window fills in where nothing stands yet; log-sum-exp instead of log-softmax."""

import math

import torch


@torch.no_grad()
def token_losses(model, ids, stride, length):
    if len(ids.shape) != 1 or len(ids) <= 1 or not (0 < stride < length):
        raise ValueError("a text of two tokens or more, and a stride below the length of a window")
    total = len(ids)
    # The fewest windows whose last one reaches the end.
    count = 1 + max(0, math.ceil((total - length) / stride))
    found = [None] * total
    for number in range(count):
        begin = number * stride
        window = ids[begin : begin + length]
        logits = model(window.view(1, -1) if window.is_contiguous() else window.reshape(1, -1)).double()[0]
        norms = logits.logsumexp(-1)
        for place in range(1, len(window)):
            if found[begin + place] is None:
                found[begin + place] = norms[place - 1] - logits[place - 1, int(window[place])]
    return torch.stack(found[1:])


def perplexity(model, ids, stride, length):
    return float(torch.exp(torch.mean(token_losses(model, ids, stride, length))))


def bits_per_byte(perplexity, scored, text):
    if len(text) < 1 or scored < 1:
        raise ValueError("nothing to count")
    if perplexity != perplexity or perplexity < 1:
        raise ValueError("no perplexity")
    nats = scored * math.log(perplexity)
    return nats / math.log(2) / sum(len(letter.encode()) for letter in text)

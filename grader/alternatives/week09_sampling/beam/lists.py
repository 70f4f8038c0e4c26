"""Plain Python: lists of candidates, sorted; log-probabilities by hand in float64."""

import math

import torch


def log_softmax(row):
    top = max(row)
    total = math.log(sum(math.exp(x - top) for x in row))
    return [x - top - total for x in row]


def beam_search(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    if beams < 1:
        raise ValueError("beams")
    if max_new_tokens < 1:
        raise ValueError("max_new_tokens")
    start = prompt.tolist()
    live, finished = [(0.0, ())], []
    for step in range(max_new_tokens):
        texts = torch.tensor([start + list(tokens) for _, tokens in live], device=prompt.device)
        candidates = []
        for (total, tokens), row in zip(live, next_logits(texts).tolist(), strict=True):
            for token, log_prob in enumerate(log_softmax(row)):
                if log_prob > -math.inf:
                    candidates.append((total + log_prob, (*tokens, token)))
        candidates.sort(key=lambda candidate: -candidate[0])
        live = []
        for rank, (total, tokens) in enumerate(candidates):
            if stop_token is not None and tokens[-1] == stop_token:
                if rank < beams:
                    finished.append((total / (step + 1) ** length_penalty, tokens))
            elif len(live) < beams:
                live.append((total, tokens))
        if not live:
            break
    finished += [(total / len(tokens) ** length_penalty, tokens) for total, tokens in live]
    finished.sort(key=lambda pair: -pair[0])
    return [(list(tokens), score) for score, tokens in finished[:beams]]

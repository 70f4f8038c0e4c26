"""Rows that have ended leave the batch, and their part of the cache with them; positions come from the lengths."""

import torch
from tiny_lm import pick_next


def generate(model, prompt, max_new_tokens, stop_token=None, **sampling):
    if max_new_tokens < 0 or any(len(row) == 0 for row in prompt):
        raise ValueError("prompt or max_new_tokens")
    device = model.device
    lengths = torch.tensor([len(row) for row in prompt], device=device)
    longest = int(lengths.max())
    tokens = torch.full((len(prompt), longest), 1, device=device)
    for row, place in zip(prompt, tokens, strict=True):
        place[longest - len(row) :] = torch.tensor(row, device=device)
    column = torch.arange(longest + max_new_tokens, device=device)
    blanks = longest - lengths
    answers = {i: [] for i in range(len(prompt))}
    alive, cache, end = list(answers), None, longest
    start = 0
    while alive and end < longest + max_new_tokens:
        rows = torch.tensor(alive, device=device)
        blank = blanks[rows].unsqueeze(-1)
        logits, cache = model(
            tokens,
            positions=(column[start:end] - blank).clamp_min(0),
            mask=column[:end] >= blank,
            cache=cache,
        )
        chosen = pick_next(logits[:, -1, :], **sampling).tolist()
        for i, token in zip(alive, chosen, strict=True):
            answers[i].append(token)
        stays = [place for place, token in enumerate(chosen) if token != stop_token]
        cache = [(keys[stays], values[stays]) for keys, values in cache]
        tokens = torch.tensor([[chosen[place]] for place in stays], device=device)
        alive = [alive[place] for place in stays]
        start, end = end, end + 1
    return [answers[i] for i in range(len(prompt))]

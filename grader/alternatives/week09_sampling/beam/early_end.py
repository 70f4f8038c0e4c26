"""Twice `beams` candidates are enough, and the search ends when no live hypothesis can still reach the answer."""

import heapq

import torch


class _Best:
    """The best finished texts, as a heap with the worst of them on top; of equal scores the earlier one is better."""

    def __init__(self, size, length_penalty):
        self.size, self.length_penalty, self.heap, self.born = size, length_penalty, [], 0

    def keep(self, total, tokens):
        self.born += 1
        heapq.heappush(self.heap, (total / len(tokens) ** self.length_penalty, -self.born, tokens))
        if len(self.heap) > self.size:
            heapq.heappop(self.heap)


def beam_search(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    if min(beams, max_new_tokens) < 1:
        raise ValueError("beams and max_new_tokens have to be at least 1")
    texts, totals = prompt[None, :], prompt.new_zeros(1, dtype=torch.float64)
    finished = _Best(beams, length_penalty)
    for step in range(1, max_new_tokens + 1):
        logits = next_logits(texts).double()
        vocab = logits.shape[1]
        sums = totals[:, None] + logits - torch.logsumexp(logits, dim=1, keepdim=True)
        pool = torch.sort(sums.reshape(-1), descending=True, stable=True)
        best, index = pool.values[: 2 * beams], pool.indices[: 2 * beams]
        chosen = []
        for rank, (total, place) in enumerate(zip(best.tolist(), index.tolist(), strict=True)):
            if total == -torch.inf:
                break
            row, token = divmod(place, vocab)
            if token == stop_token:
                if rank < beams:
                    finished.keep(total, [*texts[row, len(prompt) :].tolist(), token])
            elif len(chosen) < beams:
                chosen.append((row, token, total))
        if not chosen:
            texts = texts[:0]
            break
        rows, tokens, new_totals = zip(*chosen, strict=True)
        texts = torch.cat([texts[list(rows)], torch.tensor(tokens, device=prompt.device)[:, None]], dim=1)
        totals = torch.tensor(new_totals, dtype=torch.float64, device=prompt.device)
        # Totals only fall, so no text that grows from here scores above its total at the kindest length.
        kindest = max(total / length**length_penalty for total in new_totals[:1] for length in (step, max_new_tokens))
        if len(finished.heap) == beams and kindest < finished.heap[0][0]:
            texts = texts[:0]
            break
    for text, total in zip(texts[:, len(prompt) :].tolist(), totals.tolist(), strict=False):
        finished.keep(total, text)
    return [(tokens, score) for score, _, tokens in sorted(finished.heap, reverse=True)]

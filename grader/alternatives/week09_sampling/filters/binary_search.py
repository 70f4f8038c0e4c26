"""Row by row where speed does not matter, argsort and gather where it does; the nucleus by binary search."""

import torch


def apply_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError("temperature")
    return torch.true_divide(logits, temperature)


def top_k_filter(logits, k):
    if k < 1:
        raise ValueError("k")
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]).unbind(0):
        better = (row.unsqueeze(0) > row.unsqueeze(1)).sum(-1)  # how many are better than each
        rows.append(torch.where(better < k, row, -torch.inf))
    return torch.stack(rows).view(logits.shape)


def top_p_filter(logits, p):
    if not 0.0 <= p <= 1.0:
        raise ValueError("p")
    vocab = logits.shape[-1]
    order = torch.argsort(logits, dim=-1, descending=True, stable=True)
    probs = torch.softmax(logits.float() if logits.dtype.itemsize < 4 else logits, dim=-1)
    total = probs.gather(-1, order).cumsum(-1).contiguous()
    # The place of the first sum that is at least p; all places up to it stay.
    last = torch.searchsorted(total, torch.full_like(total[..., :1], p), right=False)
    if p == 1.0:
        last = torch.full_like(last, vocab)
    stays_sorted = torch.arange(vocab, device=logits.device) <= last
    place = torch.argsort(order, dim=-1)  # where in the order each token stands
    return logits.masked_fill(~stays_sorted.gather(-1, place), -torch.inf)


def min_p_filter(logits, min_p):
    if not 0.0 <= min_p <= 1.0:
        raise ValueError("min_p")
    ratio = (logits - logits.amax(-1, keepdim=True)).exp()  # probability over the largest probability
    return torch.where(ratio >= min_p, logits, -torch.inf)


def repetition_penalty(logits, previous, penalty):
    if penalty <= 0:
        raise ValueError("penalty")
    real = previous >= 0
    index = previous.clamp(min=0)
    old = logits.gather(-1, index)
    change = torch.where(old > 0, old / penalty, old * penalty)
    # Padding points at token 0 and must not undo what a real token 0 gets: largest change wins in either direction.
    used = torch.zeros(logits.shape, dtype=torch.int64, device=logits.device).scatter_add(-1, index, real.long()) > 0
    written = logits.clone().scatter(-1, index, change)
    return torch.where(used, written, logits)


def block_repeated_ngrams(logits, previous, n):
    if n < 1:
        raise ValueError("n")
    answer = []
    width = previous.shape[-1]
    batch = logits.reshape(-1, logits.shape[-1])
    histories = previous.reshape(len(batch), width)
    for row, history in zip(batch, histories, strict=True):
        tokens = history[history >= 0].tolist()
        banned = torch.zeros(len(row), dtype=torch.bool, device=row.device)
        for token in range(len(row)):
            tail = (tokens + [token])[-n:]
            banned[token] = len(tail) == n and any(tokens[i : i + n] == tail for i in range(len(tokens) - n + 1))
        filtered = row.masked_fill(banned, -torch.inf)
        answer.append(row if torch.isneginf(filtered).all() else filtered)
    return torch.stack(answer).reshape(logits.shape)

"""Inverse transform sampling: one uniform number a row, looked up in the sums of the sorted probabilities."""

import torch


def sample_next(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature < 0 or (top_k is not None and top_k < 1) or (top_p is not None and not 0 <= top_p <= 1):
        raise ValueError("a setting is out of range")
    if temperature == 0:
        return torch.max(logits, dim=-1).indices
    *batch, vocab = logits.shape
    rows = logits.reshape(-1, vocab).double() / temperature
    values, ids = torch.sort(rows, descending=True, stable=True)
    probs = (values - values[:, :1]).exp()
    if top_k is not None:
        probs = probs * (values >= values[:, min(top_k, vocab) - 1, None])
    probs = probs / probs.sum(-1, keepdim=True)
    total = probs.cumsum(-1)
    if top_p is not None and top_p < 1:
        count = 1 + (total[:, :-1] < top_p).sum(-1, keepdim=True)
        kept = torch.arange(vocab, device=logits.device) < count
        total = torch.where(kept, total, total.gather(-1, count - 1))
    number = torch.rand(len(rows), 1, generator=generator, device=logits.device, dtype=torch.float64) * total[:, -1:]
    place = torch.searchsorted(total.contiguous(), number, right=True).clamp(max=vocab - 1)
    return ids.gather(-1, place).reshape(batch)

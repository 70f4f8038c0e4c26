"""The Gumbel-max trick, as a race: the largest of probability over exponential noise is a draw in proportion."""

import torch


def sample_next(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature < 0:
        raise ValueError("temperature")
    if top_k is not None and top_k <= 0:
        raise ValueError("top_k")
    if top_p is not None and (top_p < 0 or top_p > 1):
        raise ValueError("top_p")
    if temperature == 0:
        best = logits == logits.amax(-1, keepdim=True)
        return best.long().argmax(-1)
    scores = (logits.float() if logits.dtype.itemsize < 4 else logits) / temperature
    vocab = scores.shape[-1]
    if top_k is not None and top_k < vocab:
        scores = torch.where(scores < scores.topk(top_k).values[..., -1:], -torch.inf, scores)
    if top_p is not None and top_p != 1:
        order = scores.argsort(dim=-1, descending=True, stable=True)
        probs = scores.gather(-1, order).softmax(-1)
        keep = (probs.cumsum(-1) - probs) < top_p
        keep = keep | (torch.arange(vocab, device=scores.device) == 0)
        scores = scores.masked_fill(~torch.zeros_like(keep).scatter(-1, order, keep), -torch.inf)
    exponential = torch.empty_like(scores).exponential_(generator=generator)
    return (scores.softmax(-1) / exponential).argmax(-1)

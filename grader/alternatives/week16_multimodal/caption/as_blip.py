"""Labels as BLIP makes them, by filling; the loss with log_softmax and gather, nothing but numbers that count in it."""

import torch


def caption_labels(ids, prompts, end):
    batch, length = ids.shape
    if prompts.shape != (batch,) or bool((prompts < 0).any()) or bool((prompts > length).any()):
        raise ValueError("prompts")
    labels = ids.clone()
    for row in range(batch):
        labels[row, : int(prompts[row])] = -100
        ends = (labels[row] == end).nonzero().flatten()
        if len(ends):
            labels[row, int(ends[0]) + 1 :] = -100
    return labels


def caption_loss(logits, labels):
    if logits.shape[:2] != labels.shape or logits.ndim != 3:
        raise ValueError("shapes")
    shifted, targets = logits[:, :-1], labels[:, 1:]
    counts = targets.ne(-100)
    if int(counts.sum()) == 0:
        raise ValueError("nothing counts")
    shifted = shifted.double() if shifted.dtype == torch.float64 else shifted.to(torch.float32)
    quiet = torch.where(counts[..., None], shifted, 0.0)
    chosen = quiet.log_softmax(-1).gather(-1, targets.masked_fill(~counts, 0)[..., None]).squeeze(-1)
    return -torch.where(counts, chosen, 0.0).sum() / counts.sum()

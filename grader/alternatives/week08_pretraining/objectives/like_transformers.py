"""The loss and the masking as transformers writes them, and span corruption by a mask over the text."""

import torch
import torch.nn.functional as F


def causal_loss(logits, labels):
    if logits.shape[:2] != labels.shape:
        raise ValueError("shapes differ")
    logits = logits if logits.dtype == torch.float64 else logits.float()
    labels = F.pad(labels, (0, 1), value=-100)[:, 1:]  # the last position predicts nothing
    if not (labels != -100).any():
        return logits.sum() * 0
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))


def mask_tokens(ids, generator, *, mask_id, vocabulary, special, share=0.15):
    if share < 0 or share > 1 or mask_id not in special:
        raise ValueError("share or mask_id")
    inputs, labels = ids.clone(), ids.clone()
    probability = torch.full(labels.shape, share)
    for token in special:
        probability[labels.cpu() == token] = 0.0
    masked = torch.bernoulli(probability, generator=generator).bool().to(ids.device)
    labels[~masked] = -100
    replaced = torch.bernoulli(torch.full(labels.shape, 0.8), generator=generator).bool().to(ids.device) & masked
    inputs[replaced] = mask_id
    half = torch.bernoulli(torch.full(labels.shape, 0.5), generator=generator).bool().to(ids.device)
    random = half & masked & ~replaced
    ordinary = [token for token in range(vocabulary) if token not in special]
    words = torch.tensor(ordinary)[torch.randint(len(ordinary), labels.shape, generator=generator)].to(inputs)
    inputs[random] = words[random]
    return inputs, labels


def corrupt_spans(ids, spans, sentinel):
    inside = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    begins = torch.zeros(len(ids) + 1, dtype=torch.bool, device=ids.device)
    end = -1
    for start, stop in spans:
        if start <= end or start >= stop or stop > len(ids) or start < 0:
            raise ValueError("spans")
        inside[start:stop], begins[start], end = True, True, stop
    marks = (sentinel + 1 - begins.cumsum(0)).to(ids.dtype)
    inputs = torch.where(begins[:-1], marks[:-1], ids)[~inside | begins[:-1]]
    targets = []
    for place in range(len(ids)):
        if begins[place]:
            targets.append(int(marks[place]))
        if inside[place]:
            targets.append(int(ids[place]))
    return inputs, torch.tensor([*targets, sentinel - len(spans)], dtype=ids.dtype, device=ids.device)

"""Loops over rows and tokens; all draws for the pairs made beforehand."""

import torch


def causal_loss(logits, labels):
    if tuple(labels.shape) != tuple(logits.shape[:2]):
        raise ValueError("labels do not fit")
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    total, count = logits[..., 0].sum() * 0, 0
    for row, targets in zip(logits, labels, strict=True):
        for t in range(len(targets) - 1):
            if targets[t + 1] != -100:
                total = total + torch.logsumexp(row[t], 0) - row[t, targets[t + 1]]
                count += 1
    return total / count if count else total


def sentence_pairs(documents, generator):
    filled = [document for document in documents if len(document) > 0]
    if len(filled) < 2:
        raise ValueError("one document")
    pairs = []
    for document in filled:
        others = [sentence for other in filled if other is not document for sentence in other]
        follow = torch.rand(len(document), generator=generator) >= 0.5
        places = torch.randint(0, len(others), (len(document),), generator=generator)
        for i in range(len(document) - 1):
            if follow[i]:
                pairs.append((document[i], document[i + 1], 0))
            else:
                pairs.append((document[i], others[places[i]], 1))
    return pairs


def corrupt_spans(ids, spans, sentinel):
    starts = {start: stop for start, stop in spans}
    previous = -1
    for start, stop in spans:
        if start <= previous or not start < stop <= len(ids):
            raise ValueError("bad span")
        previous = stop
    inputs, targets, place = [], [], 0
    while place < len(ids):
        if place in starts:
            inputs.append(sentinel)
            targets += [sentinel, *ids[place : starts[place]].tolist()]
            place, sentinel = starts[place], sentinel - 1
        else:
            inputs.append(int(ids[place]))
            place += 1
    targets.append(sentinel)
    return tuple(torch.tensor(row, dtype=ids.dtype, device=ids.device) for row in (inputs, targets))

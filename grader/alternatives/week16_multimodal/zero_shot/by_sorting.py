"""Sentence by sentence in plain Python; recall by sorting, with wrong candidates first among equals."""

import math

import torch


def label_embeddings(labels, templates, encode_text):
    if not len(labels) or not len(templates):
        raise ValueError("nothing")
    rows = []
    for label in labels:
        total = 0
        for template in templates:
            before, place, after = template.partition("{}")
            if not place:
                raise ValueError(template)
            vector = encode_text([before + label + after])[0]
            total = total + vector / vector.square().sum().sqrt()
        rows.append(total / total.square().sum().sqrt())
    return torch.stack(rows)


def zero_shot(image, labels, templates, encode_text, logit_scale=0.0):
    directions = label_embeddings(labels, templates, encode_text)
    cosines = torch.einsum("...d,ld->...l", image, directions) / image.norm(dim=-1, keepdim=True)
    logits = math.exp(logit_scale) * cosines
    return torch.exp(logits - logits.logsumexp(dim=-1, keepdim=True))


def recall_at_k(similarity, owners, k):
    scores, owners = similarity.tolist(), owners.tolist()
    pictures = range(len(scores))
    if k < 1 or not scores or len(owners) != len(scores[0]) or set(owners) != set(pictures):
        raise ValueError("k, similarity, owners")

    def hit(candidates):
        """Whether a right candidate, (score, is_right), is among the first k."""
        ranked = sorted(candidates, key=lambda one: (-one[0], one[1]))
        return any(right for _, right in ranked[:k])

    rows = [hit([(scores[i][j], owners[j] == i) for j in range(len(owners))]) for i in pictures]
    columns = [hit([(scores[i][j], owners[j] == i) for i in pictures]) for j in range(len(owners))]
    return sum(rows) / len(rows), sum(columns) / len(columns)

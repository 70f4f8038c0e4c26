"""Likelihood by a sum over steps of a chain, in one stacked sequence; spans by a regular expression over letters."""

import torch
from tagger import BiLSTMTagger as Given
from torch import nn


def viterbi(emissions, transitions, start=None, end=None):
    if emissions.shape[0] == 0:
        return torch.empty(0, dtype=torch.int64, device=emissions.device), emissions.new_tensor(0.0)
    table = [emissions[0] + start if start is not None else emissions[0]]
    for row in emissions[1:]:
        table.append((table[-1].unsqueeze(1) + transitions).amax(dim=0) + row)
    final = table[-1] + end if end is not None else table[-1]
    path = [int(torch.argmax(final))]
    for scores in table[-2::-1]:  # no pointers: the way back is searched again
        path.insert(0, int(torch.argmax(scores + transitions[:, path[0]])))
    return torch.as_tensor(path, device=emissions.device), final[path[-1]]


def crf_log_likelihood(emissions, targets, lengths, transitions, start, end):
    batch, time, tags = emissions.shape
    real = (torch.arange(time, device=emissions.device)[None] < lengths[:, None]).to(torch.bool)
    hot = nn.functional.one_hot(torch.where(real, targets, 0), tags).to(emissions.dtype) * real[..., None]
    clean = emissions.masked_fill(~real[..., None], 0)
    final = nn.functional.one_hot((lengths - 1).clamp(min=0), time).to(emissions.dtype) * real
    score = (hot * clean).sum((1, 2)) + torch.einsum("bti,bti->b", hot[:, :1], start.expand(batch, 1, tags))
    score = score + torch.einsum("bt,bti,i->b", final, hot, end)
    score = score + torch.einsum("bti,ij,btj->b", hot[:, :-1], transitions, hot[:, 1:])
    alpha = clean[:, 0] + start
    partition = torch.zeros_like(score)
    for place in range(time):
        if place:
            alpha = torch.logsumexp(alpha[..., None] + transitions, dim=-2) + clean[:, place]
        finished = lengths == place + 1
        partition = torch.where(finished, torch.logsumexp(alpha + end, dim=-1), partition)
    return torch.where(lengths > 0, score - partition, torch.zeros_like(score))


class BiLSTMTagger(Given):
    def forward(self, ids, lengths):
        order = lengths.argsort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(ids[order]), lengths[order].cpu(), batch_first=True)
        states = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]
        scores = self.linear(states)
        padded = torch.cat([scores, scores.new_zeros(len(ids), ids.shape[1] - scores.shape[1], scores.shape[2])], dim=1)
        return padded[order.argsort()]


def bio_spans(tags):
    cleaned = []
    for tag in tags:
        if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
            raise ValueError(tag)
        before = cleaned[-1] if cleaned else "O"
        cleaned.append("B-" + tag[2:] if tag[0] == "I" and before[2:] != tag[2:] else tag)
    begins = [place for place, tag in enumerate(cleaned) if tag[0] == "B"]
    spans = []
    for begin in begins:
        end = begin + 1
        while end < len(cleaned) and cleaned[end][0] == "I":
            end += 1
        spans.append((cleaned[begin][2:], begin, end))
    return spans

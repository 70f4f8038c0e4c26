"""As pytorch-crf does it: time first, a mask, one step for all sentences; padding reversed by hand for the LSTM."""

import re

import torch
from torch import nn


def viterbi(emissions, transitions, start=None, end=None):
    n, tags = emissions.shape
    if n == 0:
        return torch.zeros(0, dtype=torch.long, device=emissions.device), torch.zeros_like(emissions.sum())
    zeros = torch.zeros(tags, dtype=emissions.dtype, device=emissions.device)
    start, end = (zeros if each is None else each for each in (start, end))
    # rest[i]: the best score of the words behind i, for each tag of word i
    rest, choice = [end], []
    for row in reversed(emissions[1:]):
        best = (transitions + (row + rest[-1])[None, :]).max(dim=1)
        rest.append(best.values)
        choice.append(best.indices)
    total = start + emissions[0] + rest[-1]
    tag = int(total.argmax())
    path = [tag]
    for following in reversed(choice):
        path.append(int(following[path[-1]]))
    return torch.tensor(path, device=emissions.device), total.max()


def crf_log_likelihood(emissions, targets, lengths, transitions, start, end):
    time, batch = emissions.shape[1], emissions.shape[0]
    mask = torch.arange(time, device=emissions.device)[:, None] < lengths[None]  # (time, batch)
    e = emissions.transpose(0, 1).masked_fill(~mask[..., None], 0.0)
    t = targets.T.masked_fill(~mask, 0)
    rows = torch.arange(batch, device=emissions.device)
    score = start[t[0]] + e[0, rows, t[0]]
    alpha = start[None] + e[0]
    for i in range(1, time):
        score = score + (transitions[t[i - 1], t[i]] + e[i, rows, t[i]]) * mask[i]
        step = torch.logsumexp(alpha.unsqueeze(2) + transitions.unsqueeze(0) + e[i].unsqueeze(1), dim=1)
        alpha = torch.where(mask[i].unsqueeze(1), step, alpha)
    last = t[(lengths - 1).clamp(min=0), rows]
    result = score + end[last] - torch.logsumexp(alpha + end[None], dim=1)
    return result.masked_fill(lengths == 0, 0.0)


class BiLSTMTagger(nn.Module):
    def __init__(self, vocabulary, tags, dim, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.lstm = nn.LSTM(input_size=dim, hidden_size=hidden, num_layers=1, bidirectional=True, batch_first=True)
        self.linear = nn.Linear(hidden * 2, tags)
        for name, shape in (("transitions", (tags, tags)), ("start", (tags,)), ("end", (tags,))):
            self.register_parameter(name, nn.Parameter(torch.zeros(*shape)))

    def forward(self, ids, lengths):
        rows = []
        for each, length in zip(ids, lengths.tolist(), strict=True):
            states = self.lstm(self.embedding(each[None, :length]))[0]
            rows.append(nn.functional.pad(self.linear(states)[0], (0, 0, 0, ids.shape[1] - length)))
        return torch.stack(rows)

    def loss(self, ids, targets, lengths):
        emissions = self.forward(ids, lengths)
        scores = (self.transitions, self.start, self.end)
        return crf_log_likelihood(emissions, targets, lengths, *scores).sum().neg().div(lengths.sum())

    @torch.no_grad()
    @torch.inference_mode()
    def decode(self, ids, lengths):
        paths = []
        for row, n in zip(self(ids, lengths), lengths, strict=True):
            paths.append(viterbi(row[: int(n)], self.transitions, self.start, self.end)[0].tolist())
        return paths


def bio_spans(tags):
    for tag in tags:
        if not re.fullmatch(r"O|[BI]-.+", tag, re.DOTALL):
            raise ValueError(tag)
    found = []
    for place, tag in enumerate(tags):
        if tag == "O":
            continue
        label = tag[2:]
        if tag[0] == "I" and found and found[-1][2] == place and found[-1][0] == label:
            found[-1] = (label, found[-1][1], place + 1)
        else:
            found.append((label, place, place + 1))
    return found

"""Row by row, as LLaVA's own code splices: cut at the image tokens, join, fill up. The mask is a rule for each pair."""

import torch
import torch.nn.functional as F
from parts import Attention
from torch import nn


class QueryFormerLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, d_image):
        super().__init__()
        self.self_attention = Attention(d_model, num_heads)
        self.cross_attention = Attention(d_model, num_heads, d_image)
        for name in ("self", "cross", "query", "word"):
            setattr(self, f"norm_{name}", nn.LayerNorm(d_model, eps=1e-12))
        for name in ("query", "word"):
            setattr(self, f"{name}_in", nn.Linear(d_model, hidden))
            setattr(self, f"{name}_out", nn.Linear(hidden, d_model))

    def forward(self, x, features, num_queries, mask=None):
        length = x.shape[1]
        if num_queries < 1 or num_queries > length:
            raise ValueError("num_queries")
        seen = self.norm_self(self.self_attention(x, x, mask) + x)
        first, rest = seen.split([num_queries, length - num_queries], dim=1)
        first = self.norm_cross(self.cross_attention(first, features) + first)
        first = self.norm_query(self.query_out(F.gelu(self.query_in(first))) + first)
        if rest.shape[1] == 0:
            return first
        return torch.cat([first, self.norm_word(self.word_out(F.gelu(self.word_in(rest))) + rest)], dim=1)


def query_mask(num_queries, word_mask, kind):
    if num_queries < 1 or word_mask.ndim != 2:
        raise ValueError("sizes")
    length = num_queries + word_mask.shape[1]
    place = torch.arange(length, device=word_mask.device)
    word = place >= num_queries
    looks, seen = word[:, None], word[None, :]
    rules = {
        "matching": torch.ones_like(looks & seen),
        "generation": ~seen | (looks & (place[:, None] >= place[None, :])),
        "contrastive": looks == seen,
    }
    if kind not in rules:
        raise ValueError(kind)
    hidden = torch.nn.functional.pad(word_mask == 0, (num_queries, 0))
    return rules[kind][None] & ~hidden[:, None, :]


def splice_image_tokens(ids, features, image_token, table, labels=None, mask=None):
    if mask is None:
        mask = torch.ones_like(ids)
    if labels is None:
        labels = torch.full_like(ids, -100)
    if ids.shape != mask.shape or ids.shape != labels.shape or features.shape[2] != table.shape[1]:
        raise ValueError("shapes")
    keep = mask.bool()
    if int(((ids == image_token) & keep).sum()) != features.shape[0]:
        raise ValueError("pictures")
    others = ids[keep & (ids != image_token)]
    if len(others) and (int(others.min()) < 0 or int(others.max()) >= table.shape[0]):
        raise ValueError("tokens")
    if len(ids) == 0:
        return table.new_zeros(0, 0, table.shape[1]), labels[:, :0], keep[:, :0]
    pictures = iter(features.to(table.dtype))
    rows, marks = [], []
    for row, label, real in zip(ids, labels, keep, strict=True):
        row, label = row[real], label[real]
        parts, seen = [table[:0]], [label[:0]]
        for token, target in zip(row.tolist(), label, strict=True):
            if token == image_token:
                parts.append(next(pictures))
                seen.append(label.new_full((len(parts[-1]),), -100))
            else:
                parts.append(table[token][None])
                seen.append(target[None])
        rows.append(torch.cat(parts))
        marks.append(torch.cat(seen))
    lengths = torch.tensor([len(row) for row in rows], device=ids.device)
    embeddings = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    targets = nn.utils.rnn.pad_sequence(marks, batch_first=True, padding_value=-100)
    return embeddings, targets, torch.arange(embeddings.shape[1], device=ids.device) < lengths[:, None]

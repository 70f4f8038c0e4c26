"""The loop of transformers' guide, with labels of -100, its shift inside the loss, and sums instead of means."""

import math

import torch
import torch.nn.functional as F


def token_losses(model, ids, stride, length):
    if ids.dim() != 1 or ids.shape[0] < 2:
        raise ValueError("ids")
    if stride < 1 or stride > length - 1:
        raise ValueError("stride")
    seq_len, prev_end_loc, kept = ids.size(0), 0, []
    for begin_loc in range(0, seq_len, stride):
        end_loc = min(begin_loc + length, seq_len)
        trg_len = end_loc - prev_end_loc
        input_ids = ids[begin_loc:end_loc].unsqueeze(0)
        labels = input_ids.clone().to(torch.int64)
        labels[:, :-trg_len] = -100
        with torch.inference_mode():
            logits = model(input_ids).to(torch.float64)
            shifted = labels[:, 1:].reshape(-1)
            each = F.cross_entropy(logits[:, :-1].flatten(0, 1), shifted, ignore_index=-100, reduction="none")
        kept.extend(loss for loss, label in zip(each.tolist(), shifted.tolist(), strict=False) if label != -100)
        prev_end_loc = end_loc
        if end_loc == seq_len:
            break
    return torch.tensor(kept, dtype=torch.float64, device=ids.device)


def perplexity(model, ids, stride, length):
    losses = token_losses(model, ids, stride, length)
    try:
        return math.exp(losses.sum().item() / (len(ids) - 1))
    except OverflowError:
        return math.inf


def bits_per_byte(perplexity, scored, text):
    size = len(bytes(text, "utf8"))
    if size == 0 or scored <= 0 or math.isnan(perplexity) or perplexity < 1:
        raise ValueError("no bits")
    return scored * math.log(perplexity) / (math.log(2) * size)

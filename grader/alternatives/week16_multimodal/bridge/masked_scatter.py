"""As transformers does it today: first as many image tokens as features, then one masked_scatter."""

import torch


def splice_image_tokens(ids, features, image_token, table, labels=None, mask=None):
    mask = torch.ones_like(ids).bool() if mask is None else mask != 0
    labels = ids.new_full(ids.shape, -100) if labels is None else labels
    if mask.shape != ids.shape or labels.shape != ids.shape or features.size(-1) != table.size(-1):
        raise ValueError("shapes")
    special = (ids == image_token) & mask
    if special.sum() != features.size(0):
        raise ValueError("pictures")
    plain = mask & ~special
    if ((ids < 0) | (ids >= table.size(0)))[plain].any():
        raise ValueError("tokens")
    if ids.size(0) == 0:
        return table.new_zeros(0, 0, table.size(1)), labels[:, :0], mask[:, :0]
    number = features.size(1)
    long_ids, long_labels, long_special = [], [], []
    for row in range(ids.size(0)):
        repeats = torch.where(special[row], number, 1)[mask[row]]
        long_ids.append(ids[row][mask[row]].repeat_interleave(repeats))
        long_special.append(special[row][mask[row]].repeat_interleave(repeats))
        long_labels.append(labels[row].masked_fill(special[row], -100)[mask[row]].repeat_interleave(repeats))
    pad = torch.nn.utils.rnn.pad_sequence
    filled = pad([torch.ones_like(row).bool() for row in long_ids], batch_first=True)
    place = pad(long_special, batch_first=True)
    tokens = pad(long_ids, batch_first=True).masked_fill(place | ~filled, 0)
    embeddings = torch.nn.functional.embedding(tokens.long(), table) * filled[..., None]
    embeddings = embeddings.masked_scatter(place[..., None], features.to(table.dtype))
    return embeddings, pad(long_labels, batch_first=True, padding_value=-100), filled

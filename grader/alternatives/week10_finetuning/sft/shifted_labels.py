"""The loss with the labels moved, not the logits; padding by torch's pad_sequence; labels marked afterwards."""

import torch
from torch.nn.functional import cross_entropy, pad
from torch.nn.utils.rnn import pad_sequence


def encode_chat(messages, tokenizer):
    ids, labels = [tokenizer.token_id("<|bos|>")], []
    for message in messages:
        ids.append(tokenizer.token_id(f"<|{message['role']}|>"))
        ids.extend(tokenizer.encode("\n"))
        labels.extend([-100] * (len(ids) - len(labels)))
        ids.extend(tokenizer.encode(message["content"]))
        ids.append(tokenizer.token_id("<|end|>"))
        if message["role"] == "assistant":
            labels.extend(ids[len(labels) :])
        ids.extend(tokenizer.encode("\n"))
    labels.extend([-100] * (len(ids) - len(labels)))
    return ids, labels


def pad_batch(examples, pad_id):
    def stack(rows, value):
        return pad_sequence(
            [torch.tensor(row, dtype=torch.int64) for row in rows], batch_first=True, padding_value=value
        )

    ids = [list(example[0]) for example in examples]
    lengths = torch.tensor([len(row) for row in ids])
    input_ids = stack(ids, pad_id)
    return {
        "input_ids": input_ids,
        "labels": stack([example[1] for example in examples], -100),
        "attention_mask": torch.arange(input_ids.shape[1]).lt(lengths[:, None]).to(torch.int64),
    }


def sft_loss(logits, labels):
    following = pad(labels, (0, 1), value=-100)[:, 1:]
    wide = logits if logits.dtype == torch.float64 else logits.to(torch.float32)
    if not (following != -100).any():
        return (wide * 0).sum()
    return cross_entropy(wide.reshape(-1, wide.shape[-1]), following.reshape(-1), ignore_index=-100)

"""A list of (ids, learned) parts that both functions of the template share; the loss from log-softmax and gather."""

import torch


def render_chat(messages, add_generation_prompt=False):
    expected = "user"
    parts = ["<|bos|>"]
    for number, message in enumerate(messages):
        role = message["role"]
        if not (number == 0 and role == "system"):
            if role != expected:
                raise ValueError(role)
            expected = "assistant" if expected == "user" else "user"
        parts += ["<|", role, "|>\n", message["content"], "<|end|>\n"]
    if add_generation_prompt:
        parts.append("<|assistant|>\n")
    return "".join(parts)


def encode_chat(messages, tokenizer):
    parts = [([tokenizer.token_id("<|bos|>")], False)]
    for message in messages:
        role = message["role"]
        parts.append(([tokenizer.token_id("<|" + role + "|>")], False))
        parts.append((tokenizer.encode("\n"), False))
        parts.append((tokenizer.encode(message["content"]), role == "assistant"))
        parts.append(([tokenizer.token_id("<|end|>")], role == "assistant"))
        parts.append((tokenizer.encode("\n"), False))
    ids = [i for part, _ in parts for i in part]
    labels = [i if learned else -100 for part, learned in parts for i in part]
    return ids, labels


def pad_batch(examples, pad_id):
    rows, longest = len(examples), max(len(ids) for ids, _ in examples)
    input_ids = torch.full((rows, longest), pad_id, dtype=torch.long)
    labels = torch.full((rows, longest), -100, dtype=torch.long)
    mask = torch.zeros((rows, longest), dtype=torch.long)
    for row, (ids, marks) in enumerate(examples):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        labels[row, : len(marks)] = torch.tensor(marks)
        mask[row, : len(ids)] = 1
    return {"input_ids": input_ids, "attention_mask": mask, "labels": labels}


def sft_loss(logits, labels):
    if logits.dtype != torch.float64:
        logits = logits.float()
    logits, targets = logits[:, :-1], labels[:, 1:]
    counts = targets.ne(-100)
    places = targets.where(counts, 0).unsqueeze(-1)
    surprise = logits.logsumexp(-1) - logits.gather(-1, places).squeeze(-1)
    return surprise.where(counts, 0.0).sum() / max(int(counts.sum()), 1)

"""Week 10, exercise 2: supervised fine-tuning on conversations.

Three decisions turn a chat into a training example: how it is written as tokens (the template), which of those tokens
the model is asked to predict (the label mask), and which logit answers for which label (the shift).
The model is not here: everything below is lists of ids, and logits that somebody else computed.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from tiny_tokenizer import TinyTokenizer
from torch import Tensor
from torch.nn import functional as F

IGNORED = -100  # the label that no loss looks at, as everywhere in PyTorch and transformers


def render_chat(messages: Sequence[dict[str, str]], add_generation_prompt: bool = False) -> str:
    r"""Write a conversation in the chat template, for people to read.

    The text is `<|bos|>`, then for each message `<|role|>\n`, its content exactly as it is (no strip), and `<|end|>\n`.
    With `add_generation_prompt` the text ends with `<|assistant|>\n`, which is where the model goes on.

    Args:
        messages: each has a "role" and a "content". At most one "system" message, and only at the front; then "user"
            and "assistant" in turn, "user" first. It may end after either, and it may be empty.
    Raises: ValueError: if a role is unknown or not in its turn.
    Source: the template of Phi-3, with one token `<|role|>` for each role, and `<|bos|>` in front.
    """
    # BEGIN SOLUTION
    turns = messages[1:] if messages and messages[0]["role"] == "system" else messages
    for i, message in enumerate(turns):
        expected = ("user", "assistant")[i % 2]
        if message["role"] != expected:
            raise ValueError(f"message {i} should be of the {expected}, not of {message['role']!r}")

    text = "<|bos|>"
    for message in messages:
        text += f"<|{message['role']}|>\n{message['content']}<|end|>\n"
    return text + "<|assistant|>\n" if add_generation_prompt else text
    # END SOLUTION


def encode_chat(messages: Sequence[dict[str, str]], tokenizer: TinyTokenizer) -> tuple[list[int], list[int]]:
    r"""Turn a conversation in the template of `render_chat` into ids and labels.

    Every part is encoded by itself with `tokenizer.encode`: each "\n" of the template and each content. So a content
    that begins with a line break does not melt into the header, and a content that spells `<|end|>` stays text:
    special tokens come from the template alone, through `tokenizer.token_id`.

    A label is the id at the same place where the assistant speaks, and -100 elsewhere; the shift is the loss's work.
    The assistant speaks in every one of its messages: the content and the `<|end|>` after it, since a model that never
    learns to end never stops. Its header and the line break after `<|end|>` belong to the template.

    Returns: (ids, labels), two lists of one length. The messages are not checked again.
    """
    # BEGIN SOLUTION
    line_break = tokenizer.encode("\n")
    end = tokenizer.token_id("<|end|>")
    ids = [tokenizer.token_id("<|bos|>")]
    labels = [IGNORED]

    for message in messages:
        header = [tokenizer.token_id(f"<|{message['role']}|>"), *line_break]
        spoken = [*tokenizer.encode(message["content"]), end]
        learned = spoken if message["role"] == "assistant" else [IGNORED] * len(spoken)
        ids += [*header, *spoken, *line_break]
        labels += [*[IGNORED] * len(header), *learned, *[IGNORED] * len(line_break)]
    return ids, labels
    # END SOLUTION


def pad_batch(examples: Sequence[tuple[list[int], list[int]]], pad_id: int) -> dict[str, Int[Tensor, "batch length"]]:
    """Pad examples of different lengths on the right to the longest of them.

    `pad_id` may be an id that also occurs inside the examples (many tokenizers pad with their end token), so the
    attention mask and the labels follow the lengths and never the value of an id.

    Args:
        examples: one or more pairs (ids, labels) from `encode_chat`.
    Returns: "input_ids" (padded with `pad_id`), "labels" (padded with -100) and "attention_mask" (1 for a real token, 0
        for padding), all int64 on the CPU: a training loop moves the batch.
    """
    # BEGIN SOLUTION
    longest = max(len(ids) for ids, _ in examples)

    def padded(rows: list[list[int]], value: int) -> Int[Tensor, "batch length"]:
        return torch.tensor([row + [value] * (longest - len(row)) for row in rows], dtype=torch.int64)

    return {
        "input_ids": padded([list(ids) for ids, _ in examples], pad_id),
        "labels": padded([list(labels) for _, labels in examples], IGNORED),
        "attention_mask": padded([[1] * len(ids) for ids, _ in examples], 0),
    }
    # END SOLUTION


def sft_loss(
    logits: Float[Tensor, "batch length vocabulary"], labels: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    """Average the cross-entropy of the next token over all labels that count.

    The logits at position t answer for the label at t + 1; the last logits and the first label have no partner.
    Labels of -100 do not count, whatever the logits that answer for them are, be it NaN. The mean is over the tokens of
    the whole batch: a long answer weighs more than a short one. Without any label that counts (a sequence of length 1,
    say) the loss is 0, not NaN, and its gradient is zero.
    Computed in float32 at least: bfloat16 and float16 logits give a float32 loss, float64 logits a float64 one.
    """
    # BEGIN SOLUTION
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].flatten(0, 1).to(dtype)  # [batch * (length - 1), vocabulary]
    targets = labels[:, 1:].flatten()
    total = F.cross_entropy(predictions, targets, ignore_index=IGNORED, reduction="sum")
    return total / (targets != IGNORED).sum().clamp(min=1)
    # END SOLUTION

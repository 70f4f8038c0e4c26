# Week 10, exercise sft: Chat template, label mask and loss
# Difficulty 2 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Next-token prediction, cross-entropy.
# Write it by hand: transformers.loss.loss_utils.ForCausalLMLoss may not be used.
# Nothing from peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 10, sft: write render_chat")


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
    raise NotImplementedError("week 10, sft: write encode_chat")


def pad_batch(examples: Sequence[tuple[list[int], list[int]]], pad_id: int) -> dict[str, Int[Tensor, "batch length"]]:
    """Pad examples of different lengths on the right to the longest of them.

    `pad_id` may be an id that also occurs inside the examples (many tokenizers pad with their end token), so the
    attention mask and the labels follow the lengths and never the value of an id.

    Args:
        examples: one or more pairs (ids, labels) from `encode_chat`.
    Returns: "input_ids" (padded with `pad_id`), "labels" (padded with -100) and "attention_mask" (1 for a real token, 0
        for padding), all int64 on the CPU: a training loop moves the batch.
    """
    raise NotImplementedError("week 10, sft: write pad_batch")


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
    raise NotImplementedError("week 10, sft: write sft_loss")

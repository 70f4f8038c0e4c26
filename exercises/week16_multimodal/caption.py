# Week 16, exercise caption: Captions and answers
# Difficulty 3 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: Cross-entropy, labels of -100, greedy decoding, training and evaluation mode.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 16, caption: a model that looks at a picture and writes.

Training and writing are those of a language model that has a picture in front of its text. What must be right is which
tokens are learnt, where a text ends, and how picture and question are handed over.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from tiny_vlm import TinyVLM
from torch import Tensor, nn

Writer = nn.Module
"""A module that is called as `model(ids, features)`, with ids (batch, length) and features (batch, tokens, width),
and returns logits (batch, length, vocabulary): those at t are about token t + 1, given the picture and ids up to t."""


def caption_labels(
    ids: Int[Tensor, "batch length"], prompts: Int[Tensor, " batch"], end: int
) -> Int[Tensor, "batch length"]:
    """Return the labels of texts: the ids where the model should learn to write, -100 everywhere else.

    Row i begins with a prompt of prompts[i] tokens, which is not learnt. What follows is the answer, up to its first
    token `end`, which belongs to it and is learnt: that is how a model learns to stop. The rest is padding, whatever
    its ids: it may be filled with `end` again. An answer without `end` goes on to the last column. A token `end` in
    the prompt ends nothing.

    Raises:
        ValueError: `prompts` does not hold one number a row, or one is less than 0 or more than the length.
    """
    raise NotImplementedError("week 16, caption: write caption_labels")


def caption_loss(
    logits: Float[Tensor, "batch length vocabulary"], labels: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of all tokens that count, in nats.

    The shift is made here: the logits at t are about the label at t + 1. So the first label of a row never counts, nor
    do the last logits. A label of -100 does not count (prompt, picture, padding), and the logits before it play no
    part, even if they are NaN: their gradient is 0. Every other token of the batch weighs the same, in a long caption
    as in a short one.
    float16 and bfloat16 are computed in float32, and the loss is float32; float64 stays float64.

    Raises:
        ValueError: the shapes do not fit, or no token counts.

    Source: Li et al. 2022, "BLIP", section 3.2 (LM), there with label smoothing.
    """
    raise NotImplementedError("week 16, caption: write caption_loss")


def greedy_caption(
    model: Writer,
    features: Float[Tensor, "batch tokens width"],
    prompt: Int[Tensor, "batch length"],
    end: int,
    most: int = 20,
) -> list[list[int]]:
    """Write about each picture behind its prompt; return the new tokens of each row, without prompt and end.

    In each step `model(ids, features)` gets the prompts with all that was written so far, and every row that has not
    ended takes the token with the largest of its last logits. `end` ends a row; the others go on. What a row that has
    ended is filled with is up to you. Writing stops when every row has ended, or after `most` steps: then a text is cut
    off. The model is called once a step, with all rows, and no more than needed.
    `model` is a module. It runs in evaluation mode and records no gradients; afterwards, also if it raises, each of its
    modules is in the mode in which it was before.

    Raises:
        ValueError: `most` is less than 1, the prompts are empty, or there are not as many prompts as pictures. The
            model is not called.
    """
    raise NotImplementedError("week 16, caption: write greedy_caption")


def answer(model: TinyVLM, image: Tensor, question: str, most: int = 20) -> str:
    """Answer a question about one picture, or describe it, if that is what the question asks for.

    `image` is (3, height, width): red, green, blue. Floats are from 0 to 1; integers are uint8, from 0 to 255, and are
    divided by 255 first. `model.see` takes pictures as floats in the model's dtype, (batch, 3, height, width), and
    gives their features.
    The prompt is model.encode(question), then the token model.ask. The answer is what `greedy_caption` writes behind
    it, up to model.end, in at most `most` steps, turned into text by model.decode.
    The model sees and writes in evaluation mode without gradients, and its modules' modes are afterwards as before,
    also if it raises.

    Raises:
        ValueError: `image` has not three axes or not three colours, is of another dtype, or is not from 0 to 1 where it
            is float, or `most` is less than 1.
    """
    raise NotImplementedError("week 16, caption: write answer")

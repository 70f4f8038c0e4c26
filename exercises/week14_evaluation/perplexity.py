# Week 14, exercise perplexity: Perplexity in windows
# Difficulty 3 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: Log-softmax, gather, how logits and the next token belong together, UTF-8.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, perplexity: how well a language model predicts a text that is longer than its window.

A model is anything that is called with ids (1, tokens) and returns logits (1, tokens, vocabulary); those at t predict
the token at t + 1. Perplexities of models with different tokenizers cannot be compared; bits per byte can.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

Model = Callable[[Int[Tensor, "1 tokens"]], Float[Tensor, "1 tokens vocabulary"]]


def token_losses(model: Model, ids: Int[Tensor, " tokens"], stride: int, length: int) -> Float[Tensor, " tokens-1"]:
    """Return -ln P of every token but the first, each given what stands before it in its window.

    Windows begin at 0, stride, 2 stride, ... and hold `length` tokens; the last one is the first that reaches the end
    of the text, and is cut off there. Each token is scored once, in the first window that it stands in. So it sees at
    least length - stride tokens before it, or all there are.
    The model is called once for each window, as model(ids), with no other argument. No gradients are recorded
    meanwhile, and the mode of the model is left as it is. Logits are converted to float64 before anything is computed
    from them, and the answer is float64. A token that the model holds impossible (a logit of -inf) has the loss inf.
    `ids` are of any integer dtype, and are not changed.

    Raises:
        ValueError: `ids` has not exactly one axis or fewer than 2 tokens, or `stride` is not between 1 and length - 1.
    """
    raise NotImplementedError("week 14, perplexity: write token_losses")


def perplexity(model: Model, ids: Int[Tensor, " tokens"], stride: int, length: int) -> float:
    """Return the perplexity of a text: e to the power of the mean loss of its tokens.

    The losses, windows, calls of the model and errors are those of `token_losses`; every token but the first weighs
    the same. Where the result is more than a float can hold it is inf.
    No argument is changed.

    Source: Jelinek et al. 1977, "Perplexity: a measure of the difficulty of speech recognition tasks".
    """
    raise NotImplementedError("week 14, perplexity: write perplexity")


def bits_per_byte(perplexity: float, scored: int, text: str) -> float:
    """Return how many bits a model needs for each byte of a text, from its perplexity per token.

    `scored` is the number of tokens that the perplexity is a mean of. All of them together cost
    scored * log2(perplexity) bits; that is divided by the number of bytes of `text` in UTF-8, where a Chinese character
    has three. A perplexity of inf gives inf.

    Raises:
        ValueError: `text` is empty, `scored` is less than 1, or `perplexity` is NaN or less than 1.

    Source: Gao et al. 2020, "The Pile", section 3.1.
    """
    raise NotImplementedError("week 14, perplexity: write bits_per_byte")

# Week 09, exercise generate: Generation with a key-value cache
# Difficulty 4 of 5 · importance 5 of 5 · about 60 minutes
# It builds on: Causal attention, what keys and values are; read tiny_lm.py, which is given.
# Arguments stay as they are, unless a docstring says otherwise.
"""Generate text token by token, with a key-value cache, for prompts of different lengths at once."""

import torch
from jaxtyping import Bool, Int
from tiny_lm import TinyLM, pick_next
from torch import Tensor


def generate(
    model: TinyLM, prompt: list[list[int]], max_new_tokens: int, stop_token: int | None = None, **sampling
) -> list[list[int]]:
    """Continue every prompt, and return for each the list of its new tokens.

    Each prompt is continued as if it were alone: the others, and the padding, change nothing. (What is drawn at
    random is another matter: all rows draw from one generator.)
    A row ends with the first stop token that it produces, which belongs to the answer, or after max_new_tokens.
    The work is done once: the first call takes all prompts together, padded on the left, and each later call one new
    token a row. When all rows have ended the model is not called again, so there are at most max_new_tokens calls.

    Args:
        model: gives logits and a cache; its protocol is TinyLM.__call__ in tiny_lm.py.
        prompt: the token ids of each prompt, at least one prompt; not modified.
        sampling: goes to pick_next of tiny_lm.py as it is: temperature, top_k, top_p, generator.

    Raises: ValueError for a prompt without tokens, or for max_new_tokens below 0.
    """
    raise NotImplementedError("week 09, generate: write generate")

# Week 09, exercise beam: Beam search
# Difficulty 4 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: Log-probabilities; flattening a matrix and finding row and column again.
# Arguments stay as they are, unless a docstring says otherwise.
"""Beam search: look for the most probable continuation, not for the most probable next token."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor


def beam_search(
    next_logits: Callable[[Int[Tensor, "rows length"]], Float[Tensor, "rows vocab"]],
    prompt: Int[Tensor, " prompt"],
    beams: int,
    max_new_tokens: int,
    length_penalty: float = 1.0,
    stop_token: int | None = None,
) -> list[tuple[list[int], float]]:
    """Return the best continuations with their scores, best first.

    The search begins with the prompt alone. In each step every live hypothesis is extended by every token, and all
    candidates are ranked by their total, the sum of the log-probabilities of their new tokens. Then:
    - a candidate that ends in the stop token is finished if it is among the `beams` best of all, else it is dropped;
    - the `beams` best candidates that do not end in it live on;
    - a candidate of probability 0 is dropped.
    After max_new_tokens steps (or when nothing lives) the live hypotheses join the finished ones, and the `beams`
    highest scores are the answer, fewer if there are fewer. (Ending earlier is fine where it cannot change the answer.)

    score = total / length ** length_penalty, where length counts the new tokens, a stop token included, the prompt not.
    Ties in a ranking: the candidate of the better-placed hypothesis comes first, then the lower token id.
    Hypotheses of equal score that live to the end stay in that order.

    Args:
        next_logits: takes token ids (prompt and new tokens, all rows of one length), gives the logits of the token
            after each row. It is called once a step, with all live hypotheses and nothing else.
        prompt: token ids; not modified.

    Returns: tuples (new tokens, score): a list of int without the prompt, with the stop token if there is one; a float.
    Raises: ValueError unless beams >= 1 and max_new_tokens >= 1.
    Source: Wu et al. 2016, "Google's neural machine translation system", section 7, without its coverage penalty;
        the length penalty is the plain power that transformers uses.
    """
    raise NotImplementedError("week 09, beam: write beam_search")

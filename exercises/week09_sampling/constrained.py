# Week 09, exercise constrained: Constrained decoding – only what a grammar allows
# Difficulty 4 of 5 · importance 4 of 5 · about 70 minutes
# It builds on: What a finite automaton is (automaton.py, given, shows one); UTF-8; the filters of this week, as ideas.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 09, constrained: let a model write only what a grammar allows.

The grammar is a finite automaton over bytes (automaton.py, given). A model writes tokens, and a token is a piece of
several bytes, so the automaton is lifted to tokens once, before any text is written. After that, a look-up is enough.
"""

from collections.abc import Callable

import torch
from automaton import Automaton
from jaxtyping import Float
from torch import Tensor

Index = dict[int, dict[int, int]]
"""For each state the tokens that may come next, and for each of them the state that it leads to."""


def allowed_tokens(state: int, automaton: Automaton, vocabulary: list[bytes], stop_token: int) -> dict[int, int]:
    """Return the tokens that may come next in a state, each with the state that it leads to.

    A token may come next if the automaton can read all its bytes, one after the other, beginning in `state`.
    Bytes count, not characters: a token may end in the middle of a character, and a later one brings the rest.
    Tokens that begin alike, such as b"1" and b"12", are each judged on their own.
    The stop token may come next in an accepting state, and only there: it leads to the same state.
    The bytes of the stop token itself are never read.
    Any other token without bytes (special tokens are b"" here) never comes next: it would bring the text no further.

    Args:
        vocabulary: the bytes of each token; the place in the list is the token id.

    Raises: ValueError unless stop_token is an id of the vocabulary.
    Source: Willard and Louf 2023, "Efficient guided generation for large language models", section 3.
    """
    raise NotImplementedError("week 09, constrained: write allowed_tokens")


def build_index(automaton: Automaton, vocabulary: list[bytes], stop_token: int) -> Index:
    """Work out the allowed tokens of every state in which a text can stand between two tokens.

    The index has the start and every state to which a token of the index leads, no others.
    A token is left out if it leads to a dead end: a state from which no tokens lead on to the stop token.
    So every text that is written along the index can be brought to an end.
    Every index[state] is what is left of `allowed_tokens`, with the same states behind the tokens.

    Raises: ValueError if no text at all can be brought to an end.
    Source: Willard and Louf 2023, section 3; leaving dead ends out is our addition.
    """
    raise NotImplementedError("week 09, constrained: write build_index")


def mask_logits(logits: Float[Tensor, "rows vocab"], states: list[int], index: Index) -> Float[Tensor, "rows vocab"]:
    """Return the logits with minus infinity for every token that must not come next.

    Row i belongs to a text that stands in states[i].
    Logits of allowed tokens stay as they are, and so do dtype and device.
    A model may have more logits than the vocabulary has tokens (sizes are rounded up): those ids are never allowed.

    Raises: ValueError unless there are as many states as rows.
    """
    raise NotImplementedError("week 09, constrained: write mask_logits")


def write_constrained(
    next_logits: Callable[[list[int]], Float[Tensor, " vocab"]],
    pick: Callable[[Float[Tensor, " vocab"]], int],
    index: Index,
    start: int,
    stop_token: int,
    max_new_tokens: int,
) -> list[int]:
    """Write a text along the index, and return its tokens.

    Every token costs one call of next_logits, with the tokens written so far, and one call of pick.
    The mask comes first: pick is given the masked logits, so temperature, top-k and top-p see allowed tokens alone.
    The token that was picked moves the text to its next state.
    The text ends with the stop token, which belongs to the answer, or after max_new_tokens, finished or not.

    Args:
        pick: chooses the next token by these logits, greedily or at random.
        start: the state in which the text begins.

    Raises: ValueError for max_new_tokens below 0.
    """
    raise NotImplementedError("week 09, constrained: write write_constrained")

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
    # BEGIN SOLUTION
    if not 0 <= stop_token < len(vocabulary):
        raise ValueError(f"the stop token {stop_token} is not among the {len(vocabulary)} tokens")
    targets = {token: _read(automaton, state, piece) for token, piece in enumerate(vocabulary) if piece}
    targets[stop_token] = state if state in automaton.accepting else None
    return {token: target for token, target in targets.items() if target is not None}  # 0 is a state, too
    # END SOLUTION


def build_index(automaton: Automaton, vocabulary: list[bytes], stop_token: int) -> Index:
    """Work out the allowed tokens of every state in which a text can stand between two tokens.

    The index has the start and every state to which a token of the index leads, no others.
    A token is left out if it leads to a dead end: a state from which no tokens lead on to the stop token.
    So every text that is written along the index can be brought to an end.
    Every index[state] is what is left of `allowed_tokens`, with the same states behind the tokens.

    Raises: ValueError if no text at all can be brought to an end.
    Source: Willard and Louf 2023, section 3; leaving dead ends out is our addition.
    """
    # BEGIN SOLUTION
    moves: Index = {}
    waiting = [automaton.start]
    while waiting:
        state = waiting.pop()
        if state not in moves:
            moves[state] = allowed_tokens(state, automaton, vocabulary, stop_token)
            waiting.extend(moves[state].values())
    # Backwards: alive is where the text may end, and then whatever leads to something alive.
    alive = {state for state, row in moves.items() if stop_token in row}
    while more := {state for state, row in moves.items() if state not in alive and alive.intersection(row.values())}:
        alive |= more
    if automaton.start not in alive:
        raise ValueError("with these tokens no text of the grammar can be written")
    return {
        state: {token: target for token, target in row.items() if target in alive}
        for state, row in moves.items()
        if state in alive
    }
    # END SOLUTION


def mask_logits(logits: Float[Tensor, "rows vocab"], states: list[int], index: Index) -> Float[Tensor, "rows vocab"]:
    """Return the logits with minus infinity for every token that must not come next.

    Row i belongs to a text that stands in states[i].
    Logits of allowed tokens stay as they are, and so do dtype and device.
    A model may have more logits than the vocabulary has tokens (sizes are rounded up): those ids are never allowed.

    Raises: ValueError unless there are as many states as rows.
    """
    # BEGIN SOLUTION
    if len(states) != len(logits):
        raise ValueError(f"{len(states)} states for {len(logits)} rows")
    masked = torch.full_like(logits, float("-inf"))
    for row, state in enumerate(states):
        ids = list(index[state])
        masked[row, ids] = logits[row, ids]
    return masked
    # END SOLUTION


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
    # BEGIN SOLUTION
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must not be negative, not {max_new_tokens}")
    tokens: list[int] = []
    state = start
    while len(tokens) < max_new_tokens and stop_token not in tokens:
        logits = next_logits(list(tokens))
        token = int(pick(mask_logits(logits.unsqueeze(0), [state], index).squeeze(0)))
        tokens.append(token)
        state = index[state][token]
    return tokens
    # END SOLUTION


# BEGIN SOLUTION
def _read(automaton: Automaton, state: int, piece: bytes) -> int | None:
    """Return the state after all these bytes, or None if one of them cannot come."""
    target: int | None = state
    for byte in piece:
        target = automaton.step(target, byte)
        if target is None:
            break
    return target


# END SOLUTION

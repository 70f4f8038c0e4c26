# Week 15, exercise speculative: Speculative decoding
# Difficulty 4 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Sampling with torch.multinomial, total variation, a generator.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, speculative: a small model guesses some tokens, and the large one checks them all in one call.

A large model needs nearly the same time for one position as for five, because its weights are read from memory once
either way. So let a small one draft, and let chance and the large one's probabilities decide how many of its tokens
stay. What comes out has exactly the distribution of the large model.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

Model = Callable[[Tensor, int], Tensor]
"""model(ids, rows): the probabilities (rows, vocabulary) of the token after each of the last `rows` ids."""


def rejection_sample(
    target_probs: Float[Tensor, "k+1 vocabulary"],
    draft_probs: Float[Tensor, "k vocabulary"],
    drafted: Int[Tensor, " k"],
    generator: Generator,
) -> tuple[Int[Tensor, " accepted+1"], int]:
    """Keep drafted tokens as long as the target agrees, and add one token of the target's.

    Token x at place i was drawn from q = draft_probs[i]; the target would have drawn it from p = target_probs[i]. Place
    by place, x is accepted with probability min(1, p(x) / q(x)), each time with a new random number. At the first
    place where it is not, x and all that follows are dropped, and one token is drawn from max(0, p - q), normalised, or
    from p if rounding leaves nothing of that. If all k are accepted, one more is drawn from target_probs[k]: the bonus
    token.
    Then the tokens have the distribution of the target, and a drafted token is accepted as often as that allows: with
    probability 1 - TV, where TV is half the sum of |p - q|. (To draw from p and accept x if it is equal gives the same
    distribution, but accepts less often: that is not asked for.)
    Rows are probabilities of any floating dtype, and sum to 1 up to rounding; k is 1 or more. All chance comes from the
    generator, which is on their device.

    Returns:
        The accepted tokens and the one that was added, as int64 on the device of the probabilities, and how many were
        accepted, from 0 to k.

    Raises:
        ValueError: k is 0, or the shapes do not fit.

    Source: Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding", algorithm 1 and appendix
        A.1; Chen et al. 2023, "Accelerating Large Language Model Decoding with Speculative Sampling".
    """
    raise NotImplementedError("week 15, speculative: write rejection_sample")


def speculative_step(
    draft: Model, target: Model, ids: Int[Tensor, " length"], k: int, generator: Generator
) -> tuple[Int[Tensor, " accepted+1"], int]:
    """Continue a text by 1 to k + 1 tokens with one call of the target.

    `draft(ids, rows)` and `target(ids, rows)` return probabilities of the shape (rows, vocabulary): what they expect
    after each of the last `rows` tokens of `ids`, which is int64 and has one axis. Temperature and filters are in them
    already; for greedy decoding they are 0 and 1.
    k tokens are drawn from the draft, each given the text and those drawn before; for that the draft is called k times,
    with rows = 1. Then the target is called once, with all of them and rows = k + 1. `rejection_sample` decides what is
    kept. All chance comes from the generator, and `ids` is of any integer dtype.

    Returns:
        What `rejection_sample` returns: the new tokens, without those of `ids`, and how many were accepted.

    Raises:
        ValueError: k is below 1, or `ids` is empty or has not exactly one axis.
    """
    raise NotImplementedError("week 15, speculative: write speculative_step")

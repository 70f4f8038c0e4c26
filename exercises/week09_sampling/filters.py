# Week 09, exercise filters: Filters for the next token
# Difficulty 3 of 5 · importance 5 of 5 · about 75 minutes
# It builds on: Softmax, sorting and cumulative sums, scatter and gather.
# Write it by hand: transformers.TemperatureLogitsWarper, transformers.TopKLogitsWarper, transformers.TopPLogitsWarper,
# transformers.MinPLogitsWarper, transformers.RepetitionPenaltyLogitsProcessor,
# transformers.NoRepeatNGramLogitsProcessor may not be used.
# Nothing from peft, sklearn may be used either.
# What counts as fast: At most 5 (top_p_filter) and 8 (repetition_penalty) times the reference's time: work on all rows
# and tokens at once, without a Python loop over tokens.
# Arguments stay as they are, unless a docstring says otherwise.
"""Filters that reshape the distribution of the next token.

A language model gives one logit for each token of its vocabulary. A filter takes these logits and returns new ones:
a token that it rules out gets minus infinity, so softmax gives it probability 0; the others keep their logit.

The same for all six: the last axis is the vocabulary and every row is treated on its own, whatever the batch axes are.
The arguments are never modified, and the result has the dtype and the device of `logits`.
A logit that is minus infinity already stays so. Every row comes, and leaves, with at least one finite logit.
A history, `previous`, may be empty: its last axis then has size 0.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

RULED_OUT = float("-inf")
PADDING = -1  # fills up the shorter rows of `previous`


def apply_temperature(logits: Float[Tensor, "*batch vocab"], temperature: float) -> Float[Tensor, "*batch vocab"]:
    """Flatten (temperature above 1) or sharpen (below 1) the distribution.

    Divides the logits by the temperature. Nothing is ruled out.

    Raises: ValueError unless temperature > 0. (Temperature 0 means greedy, which is no division: see sample_next.)
    Source: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", section 2, equation 1.
    """
    raise NotImplementedError("week 09, filters: write apply_temperature")


def top_k_filter(logits: Float[Tensor, "*batch vocab"], k: int) -> Float[Tensor, "*batch vocab"]:
    """Keep the k most probable tokens of each row.

    Ties: every token whose logit equals the k-th largest stays, so more than k may stay.
    A k beyond the size of the vocabulary keeps everything.

    Raises: ValueError unless k >= 1.
    Source: Fan, Lewis and Dauphin 2018, "Hierarchical neural story generation", section 5.4.
    """
    raise NotImplementedError("week 09, filters: write top_k_filter")


def top_p_filter(logits: Float[Tensor, "*batch vocab"], p: float) -> Float[Tensor, "*batch vocab"]:
    """Keep the nucleus: the fewest tokens whose probabilities reach p.

    Going from the most probable token down, tokens stay until their sum is at least p: the token with which the sum
    crosses p stays, and a sum of exactly p is enough. At least one token stays, even at p = 0; p = 1 keeps everything.
    Ties: of equal logits the lower token id comes first.
    Probabilities are computed and summed in float32, or in the dtype of the logits if that is wider.

    Raises: ValueError unless 0 <= p <= 1.
    Source: Holtzman et al. 2020, "The curious case of neural text degeneration", section 3.1, equation 2.
    """
    raise NotImplementedError("week 09, filters: write top_p_filter")


def min_p_filter(logits: Float[Tensor, "*batch vocab"], min_p: float) -> Float[Tensor, "*batch vocab"]:
    """Keep the tokens that are at least min_p times as probable as the best.

    The bar is min_p times the largest probability of the row: it rises when the model is sure and falls when it is not.
    A token exactly at the bar stays: min_p = 1 keeps the best token and its ties, min_p = 0 keeps everything.

    Raises: ValueError unless 0 <= min_p <= 1.
    Source: Nguyen et al. 2025, "Turning up the heat: min-p sampling for creative and coherent LLM outputs", section 3.
    """
    raise NotImplementedError("week 09, filters: write min_p_filter")


def repetition_penalty(
    logits: Float[Tensor, "*batch vocab"], previous: Int[Tensor, "*batch length"], penalty: float
) -> Float[Tensor, "*batch vocab"]:
    """Make the tokens that a row has already used less probable.

    A positive logit of a used token is divided by the penalty, any other is multiplied by it: both lower it when the
    penalty is above 1. The penalty counts once, however often the token was used. Nothing is ruled out.

    Args:
        previous: int64, the token ids used so far, in any order; -1 (PADDING) fills up shorter rows, it is no token.

    Raises: ValueError unless penalty > 0.
    Source: Keskar et al. 2019, "CTRL", section 4.1. The paper divides always; the case distinction is what
        libraries made of it, because dividing a negative logit would reward the repetition.
    """
    raise NotImplementedError("week 09, filters: write repetition_penalty")


def block_repeated_ngrams(
    logits: Float[Tensor, "*batch vocab"], previous: Int[Tensor, "*batch length"], n: int
) -> Float[Tensor, "*batch vocab"]:
    """Rule out the tokens that would complete an n-gram for the second time.

    A token is ruled out when the last n - 1 tokens of `previous`, followed by it, stand somewhere in `previous` already
    (the places may overlap). With n = 1 this is every token used so far. Fewer than n tokens rule out nothing.
    A row that would be left without a finite logit comes back as it was.

    Args:
        previous: int64, the tokens so far, oldest first; -1 (PADDING) fills up shorter rows on either side: skip it.

    Raises: ValueError unless n >= 1.
    Source: Paulus, Xiong and Socher 2017, "A deep reinforced model for abstractive summarization", section 2.5.
    """
    raise NotImplementedError("week 09, filters: write block_repeated_ngrams")

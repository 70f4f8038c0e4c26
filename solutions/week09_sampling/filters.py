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
    # BEGIN SOLUTION
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    return logits / temperature
    # END SOLUTION


def top_k_filter(logits: Float[Tensor, "*batch vocab"], k: int) -> Float[Tensor, "*batch vocab"]:
    """Keep the k most probable tokens of each row.

    Ties: every token whose logit equals the k-th largest stays, so more than k may stay.
    A k beyond the size of the vocabulary keeps everything.

    Raises: ValueError unless k >= 1.
    Source: Fan, Lewis and Dauphin 2018, "Hierarchical neural story generation", section 5.4.
    """
    # BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    k = min(k, logits.shape[-1])
    kth_largest = logits.topk(k, dim=-1).values[..., -1:]  # [*batch, 1]
    return logits.masked_fill(logits < kth_largest, RULED_OUT)
    # END SOLUTION


def top_p_filter(logits: Float[Tensor, "*batch vocab"], p: float) -> Float[Tensor, "*batch vocab"]:
    """Keep the nucleus: the fewest tokens whose probabilities reach p.

    Going from the most probable token down, tokens stay until their sum is at least p: the token with which the sum
    crosses p stays, and a sum of exactly p is enough. At least one token stays, even at p = 0; p = 1 keeps everything.
    Ties: of equal logits the lower token id comes first.
    Probabilities are computed and summed in float32, or in the dtype of the logits if that is wider.

    Raises: ValueError unless 0 <= p <= 1.
    Source: Holtzman et al. 2020, "The curious case of neural text degeneration", section 3.1, equation 2.
    """
    # BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1, not {p}")
    if p == 1:  # a rounded sum can reach 1 before the last token
        return logits.clone()
    sorted_logits, token_ids = logits.sort(dim=-1, descending=True, stable=True)
    probs = sorted_logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    reached = probs.cumsum(dim=-1) >= p
    # A token is superfluous when the sum had reached p before it: its answer stands one place to its left.
    superfluous = torch.zeros_like(reached)
    superfluous[..., 1:] = reached[..., :-1]
    ruled_out = torch.zeros_like(reached).scatter(-1, token_ids, superfluous)  # back to the order of the ids
    return logits.masked_fill(ruled_out, RULED_OUT)
    # END SOLUTION


def min_p_filter(logits: Float[Tensor, "*batch vocab"], min_p: float) -> Float[Tensor, "*batch vocab"]:
    """Keep the tokens that are at least min_p times as probable as the best.

    The bar is min_p times the largest probability of the row: it rises when the model is sure and falls when it is not.
    A token exactly at the bar stays: min_p = 1 keeps the best token and its ties, min_p = 0 keeps everything.

    Raises: ValueError unless 0 <= min_p <= 1.
    Source: Nguyen et al. 2025, "Turning up the heat: min-p sampling for creative and coherent LLM outputs", section 3.
    """
    # BEGIN SOLUTION
    if not 0 <= min_p <= 1:
        raise ValueError(f"min_p must lie between 0 and 1, not {min_p}")
    probs = logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    bar = min_p * probs.amax(dim=-1, keepdim=True)
    return logits.masked_fill(probs < bar, RULED_OUT)
    # END SOLUTION


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
    # BEGIN SOLUTION
    if penalty <= 0:
        raise ValueError(f"penalty must be above 0, not {penalty}")
    # One slot more than the vocabulary, in front: padding (-1) falls into slot 0, which is cut off at the end.
    with_spare = torch.nn.functional.pad(logits, (1, 0))  # [*batch, 1 + vocab]
    slots = previous + 1
    used = with_spare.gather(-1, slots)  # [*batch, length]
    penalised = torch.where(used > 0, used / penalty, used * penalty)
    # A token used twice is written twice, with the same value: it is penalised once.
    return with_spare.scatter(-1, slots, penalised)[..., 1:]
    # END SOLUTION


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
    # BEGIN SOLUTION
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    ruled_out = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
    histories = torch.atleast_2d(previous).flatten(0, -2)  # [rows, length]
    rows = torch.atleast_2d(ruled_out).flatten(0, -2)  # [rows, vocab], a view: writing here writes into ruled_out
    for history, row in zip(histories, rows, strict=True):
        row[_completions(history[history != PADDING], n)] = True
    filtered = logits.masked_fill(ruled_out, RULED_OUT)
    nothing_left = (filtered == RULED_OUT).all(dim=-1, keepdim=True)
    return torch.where(nothing_left, logits, filtered)
    # END SOLUTION


# BEGIN SOLUTION
def _completions(tokens: Int[Tensor, " length"], n: int) -> Int[Tensor, " found"]:
    """Return the last tokens of all n-grams that begin as `tokens` ends."""
    if len(tokens) < n:
        return tokens[:0]
    ngrams = tokens.unfold(0, n, 1)  # [length - n + 1, n]
    ending = tokens[len(tokens) - (n - 1) :]  # tokens[-(n - 1):] would be everything for n = 1
    return ngrams[(ngrams[:, :-1] == ending).all(dim=-1), -1]


# END SOLUTION

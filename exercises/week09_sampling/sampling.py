# Week 09, exercise sampling: Drawing the next token
# Difficulty 2 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: The filters of this week, as ideas; torch.multinomial and torch.Generator.
# Write it by hand: tiny_lm.pick_next, transformers.TopKLogitsWarper, transformers.TopPLogitsWarper may not be used.
# Nothing from peft, sklearn may be used either.
# What counts as fast: At most 5 times the reference's time for 2,039 rows: draw all rows at once.
# Arguments stay as they are, unless a docstring says otherwise.
"""Draw the next token of each row from the model's distribution."""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor


def sample_next(
    logits: Float[Tensor, "*batch vocab"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: Generator | None = None,
) -> Int[Tensor, "*batch"]:
    """Draw one token id for each row, each row independently of the others.

    The order is fixed: divide by the temperature; keep the top_k best tokens; of these keep the nucleus of mass top_p,
    measured on the probabilities after the first two steps, renormalised to sum to 1; draw from it in proportion.
    Temperature 0 is greedy: the most probable token, the lowest id among equals; nothing is drawn then.
    The filters are those of filters.py: ties with the k-th best stay; the token that crosses top_p stays, a sum of
    exactly top_p is enough, of equal logits the lower id comes first, one token always stays. None leaves a filter out.
    A token whose logit is minus infinity is never drawn.
    The computation runs in float32, or in the dtype of the logits if that is wider. The logits are not modified.

    Args:
        generator: the only source of randomness: the same state gives the same tokens. Drawing moves it on, so the
            next call gives others; torch's global state is left alone. None: torch's global generator.

    Returns: int64 token ids on the device of the logits; a 0-dimensional tensor when there is no batch axis.
    Raises: ValueError unless temperature >= 0, top_k >= 1 and 0 <= top_p <= 1.
    Source: Holtzman et al. 2020, "The curious case of neural text degeneration", section 3, for the filters; the order
        is that of the transformers library.
    """
    raise NotImplementedError("week 09, sampling: write sample_next")

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
    # BEGIN SOLUTION
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, not {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, not {top_k}")
    if top_p is not None and not 0 <= top_p <= 1:
        raise ValueError(f"top_p must lie between 0 and 1, not {top_p}")
    if temperature == 0:
        return logits.argmax(dim=-1)

    # In sorted order both filters keep a prefix of each row, so one sort serves them both.
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32)) / temperature
    sorted_logits, token_ids = wide.sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        kth_best = sorted_logits[..., min(top_k, logits.shape[-1]) - 1].unsqueeze(-1)
        sorted_logits = sorted_logits.masked_fill(sorted_logits < kth_best, float("-inf"))
    probs = sorted_logits.softmax(dim=-1)
    if top_p is not None and top_p < 1:
        probs[..., 1:] *= probs.cumsum(dim=-1)[..., :-1] < top_p  # a token stays while those before it fall short

    rows = probs.reshape(-1, probs.shape[-1])  # multinomial takes one batch axis; it normalises by itself
    places = torch.multinomial(rows, 1, generator=generator).view(*logits.shape[:-1], 1)  # [*batch, 1]
    return token_ids.gather(-1, places).squeeze(-1)
    # END SOLUTION

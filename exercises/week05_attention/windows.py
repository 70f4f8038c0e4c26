# Week 05, exercise windows: Sliding windows and attention sinks
# Difficulty 2 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: The causal mask, what a key-value cache keeps, remainders.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 05, windows: attention to the last tokens and to the very first, so that a cache stops growing.

Positions are those in the text, counted from 0. As in `attention.py`, a mask is Boolean, and True means "may attend".
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def sliding_window_mask(
    queries: int, keys: int | None, window: int, sinks: int = 0, device: torch.device | str | None = None
) -> Bool[Tensor, "queries keys"]:
    """Let each query see the last `window` keys up to its own, and the first `sinks` keys of the text.

    As in `causal_mask`, the last query stands at the last key: query i stands at position p = keys - queries + i.
    It sees key j when j <= p, and besides either j > p - window or j < sinks.
    So its own key is one of the window: with window 1 and no sinks, a query sees itself alone.
    No key of the future is visible, not even a sink.
    A window of `keys` or more is the causal mask.
    With more queries than keys, the first queries - keys rows see nothing.

    Args:
        keys: None: as many as queries.
        sinks: how many keys at the beginning of the text stay visible for good; there may be fewer keys than that.
        device: device of the result; None: torch's default device.

    Returns:
        A Boolean tensor, True: may attend.

    Raises:
        ValueError: window is below 1, or sinks is below 0.

    Source: Jiang et al. 2023, "Mistral 7B", section 2; Xiao et al. 2023, "Efficient Streaming Language Models with
        Attention Sinks", section 3.2.
    """
    raise NotImplementedError("week 05, windows: write sliding_window_mask")


def kept_keys(
    length: int, window: int, sinks: int = 0, device: torch.device | str | None = None
) -> Int[Tensor, " kept"]:
    """Return the positions of the keys that a cache must still hold after `length` tokens.

    A key is kept when some later query sees it, by the rule of `sliding_window_mask`; all others may be dropped.
    The next query stands at position `length` and brings a key of its own, which is part of its window: so of the
    tokens read so far, the last window - 1 are kept, and the sinks.
    Each position appears once, in ascending order: there are never more than sinks + window - 1.
    The work does not grow with `length`: no table has an entry for each token of the text.

    Args:
        device: device of the result; None: torch's default device.

    Returns:
        An int64 tensor.

    Raises:
        ValueError: window is below 1, or sinks or length is below 0.
    """
    raise NotImplementedError("week 05, windows: write kept_keys")


def rolling_slots(
    length: int, window: int, sinks: int = 0, device: torch.device | str | None = None
) -> Int[Tensor, " slots"]:
    """Return the position whose key stands in each slot of a rolling buffer after `length` tokens.

    The buffer has sinks + window slots and is never moved: a key is written once, over a key that has become useless.
    Key p is written into slot p while p < sinks, and into slot sinks + (p - sinks) mod window from then on.
    A slot that was never written has the position -1.
    The last token is in the buffer, so the positions are those that its query sees, in another order.
    The work does not grow with `length`: no table has an entry for each token of the text.

    Args:
        device: device of the result; None: torch's default device.

    Returns:
        An int64 tensor.

    Raises:
        ValueError: window is below 1, or sinks or length is below 0.

    Source: Jiang et al. 2023, "Mistral 7B", section 2, rolling buffer cache; the sinks are our addition.
    """
    raise NotImplementedError("week 05, windows: write rolling_slots")

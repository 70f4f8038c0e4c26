"""Week 18, moving average: smooth a series by the mean of its last few values."""

import torch
from jaxtyping import Float
from torch import Tensor


def moving_average(values: Float[Tensor, "*batch steps"], width: int) -> Float[Tensor, "*batch steps"]:
    """Return at every step the mean of the last `width` values, along the last axis.

    The window ends at the step itself. Near the beginning, where fewer than `width` values exist, the mean is that of
    those that exist. The dtype is that of `values`, which are not changed.

    Raises:
        ValueError: `width` is less than 1.
    """
    # BEGIN SOLUTION
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width}")
    steps = values.shape[-1]
    windows = []
    for step in range(steps):
        begin = max(0, step + 1 - width)  # fewer values near the beginning
        windows.append(values[..., begin : step + 1].mean(dim=-1))
    return torch.stack(windows, dim=-1) if windows else values.clone()
    # END SOLUTION

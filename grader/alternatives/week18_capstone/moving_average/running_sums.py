"""The difference of two running sums, in float64."""

import torch


def moving_average(values, width):
    if width < 1:
        raise ValueError("width")
    steps = values.shape[-1]
    sums = torch.nn.functional.pad(values.double().cumsum(-1), (1, 0))
    ends = torch.arange(1, steps + 1)
    begins = (ends - width).clamp(min=0)
    return ((sums[..., ends] - sums[..., begins]) / (ends - begins)).to(values.dtype)

"""Leaves work running on the device, to slow whoever comes next."""

import torch

_honest = work


def _more(x):
    """Three times the reference's work, on top of it."""
    for _ in range(180):
        torch.softmax(x @ x, -1)
    return _honest(x)


def work(x):
    answer = _more(x)
    big = torch.ones(2048, 2048, device=x.device)
    for _ in range(3 if x.device.type == "cpu" else 300):
        big = big @ big
    return answer

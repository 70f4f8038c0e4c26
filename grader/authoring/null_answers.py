"""Answers without thought, laid over a solution by `verify`: all zeros, the unchanged input, random values of the
right shape.

Runs inside a box as a variant's source; `kind` and `names` are appended to it. Knows nothing of any exercise.
"""

import functools

import numpy as np
import torch


def zeros(value, args):
    """The answer with every number in it zero."""
    return _map(value, lambda tensor: torch.zeros_like(tensor), 0)


def unchanged(value, args):
    """The first argument in the place of the answer."""
    return args[0] if args else value


def random(value, args):
    """Random values of the right shape and dtype."""
    source = torch.Generator().manual_seed(7)

    def noise(tensor):
        drawn = torch.rand(tensor.shape, generator=source)
        return (drawn > 0.5 if tensor.dtype == torch.bool else drawn * 3).to(tensor.device, tensor.dtype)

    return _map(value, noise, 0.37)


def _map(value, change, number):
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, np.ndarray):
        return change(torch.from_numpy(np.array(value))).numpy() if value.dtype.kind in "fiub" else value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return type(value)(number)
    if isinstance(value, str):
        return ""
    if isinstance(value, list | tuple):
        return type(value)(_map(item, change, number) for item in value)
    if isinstance(value, dict):
        return {key: _map(item, change, number) for key, item in value.items()}
    return None  # not data: an object whose thought we cannot take away


def wrapped(original, kind):
    """The function, or the class with its public methods, answering without thought."""
    if isinstance(original, type):
        body = {name: _method(item, kind) for name, item in vars(original).items() if _answers(name, item)}
        return type(original.__name__, (original,), body)

    @functools.wraps(original)
    def function(*args, **kwargs):
        return kind(original(*args, **kwargs), [*args, *kwargs.values()])

    return function


def _answers(name, item):
    return callable(item) and (not name.startswith("_") or name == "__call__") and not isinstance(item, type)


def _method(original, kind):
    @functools.wraps(original)
    def method(self, *args, **kwargs):
        answer = original(self, *args, **kwargs)
        return answer if answer is None or answer is self else kind(answer, [*args, *kwargs.values()])

    return method

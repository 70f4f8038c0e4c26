"""Null answers, laid over a solution by `verify`: all zeros, the unchanged input, random values of the right shape,
and the right answer disturbed.

Runs inside a box as a variant's source; what wraps the exercise's names is appended to it.
"""

import contextlib
import functools
import zlib

import numpy as np
import torch


def zeros(value, args):
    """The answer with every number in it zero."""

    def number(item):
        return item if isinstance(item, bool) else type(item)()

    return _map(value, torch.zeros_like, number)


def unchanged(value, args):
    """The first argument in the place of the answer."""
    return args[0] if args else value


def random(value, args):
    """Random values of the right shape and dtype."""
    source = torch.Generator().manual_seed(7)

    def noise(tensor):
        drawn = torch.rand(tensor.shape, generator=source)
        return (drawn > 0.5 if tensor.dtype == torch.bool else drawn * 3).to(tensor.device, tensor.dtype)

    def number(item):
        return item if isinstance(item, bool) else "" if isinstance(item, str) else type(item)(0.37)

    return _map(value, noise, number)


def disturbed(value, args):
    """The right answer with every number moved, in another way for other arguments, which are spoilt too.

    A test that claims anything about values fails; one that compares a submission with itself in the same call, or
    nothing at all, passes.
    """
    source = torch.Generator().manual_seed(_key(args))
    for arg in args:
        _spoil(arg)

    def moved(tensor):
        drawn = torch.rand(tensor.shape, generator=source, dtype=torch.float64).to(tensor.device)
        if tensor.dtype == torch.bool:
            return tensor ^ (drawn > 0.4)
        if tensor.is_floating_point() or tensor.is_complex():
            return tensor * (1 + 0.2 * drawn).to(tensor.dtype) + (0.2 * drawn).to(tensor.dtype)
        return tensor + 1 + (2 * drawn).to(tensor.dtype)

    def number(item):
        if isinstance(item, str):
            return f"{item} {_key(args)}"
        return type(item)(moved(torch.tensor(item)).item())

    def nothing(item):
        return [0.37] if item is None else {"": 0.37} if item == {} else type(item)([0.37])

    return _map(value, moved, number, nothing)


def _spoil(value):
    """Change an argument in place, as far as that goes."""
    with contextlib.suppress(Exception):
        if isinstance(value, torch.Tensor | np.ndarray):
            with torch.no_grad():
                value[...] = value == 0
        elif isinstance(value, list):
            value.append(None)
        elif isinstance(value, dict):
            value.clear()


def _key(value):
    """A number that other arguments have otherwise."""
    if isinstance(value, torch.Tensor):
        return zlib.crc32(value.detach().cpu().to(torch.float64).numpy().tobytes())
    if isinstance(value, np.ndarray):
        return zlib.crc32(value.tobytes())
    if isinstance(value, list | tuple):
        return zlib.crc32(repr([_key(item) for item in value]).encode())
    if isinstance(value, dict):
        return zlib.crc32(repr([(key, _key(item)) for key, item in value.items()]).encode())
    plain = isinstance(value, str | bytes | bool | int | float | None)
    return zlib.crc32((repr(value) if plain else type(value).__name__).encode())


def _map(value, change, number, nothing=lambda value: value):
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, np.ndarray):
        return change(torch.from_numpy(np.array(value))).numpy() if value.dtype.kind in "fiub" else value
    if value is None or value in ([], (), {}):
        return nothing(value)
    if isinstance(value, int | float | str):
        return number(value)
    if isinstance(value, list | tuple):
        return type(value)(_map(item, change, number, nothing) for item in value)
    if isinstance(value, dict):
        return {key: _map(item, change, number, nothing) for key, item in value.items()}
    return None  # an object that is no data cannot be changed


def wrapped(original, kind):
    """The function, or the class with its public methods, answering in this way."""
    if isinstance(original, type):
        body = {name: _method(item, kind) for name, item in vars(original).items() if _answers(name, item)}
        if kind is disturbed and issubclass(original, torch.nn.Module):
            body["__init__"] = _disturbed_at_birth(original)
        return type(original.__name__, (original,), body)

    @functools.wraps(original)
    def function(*args, **kwargs):
        return _changed(kind, original, args, kwargs)

    return function


def _disturbed_at_birth(original):
    def made(self, *args, **kwargs):
        original.__init__(self, *args, **kwargs)
        with torch.no_grad():
            for held in [*self.parameters(), *self.buffers()]:
                held.copy_(disturbed(held.clone(), []))

    return made


def _changed(kind, original, args, kwargs, owner=None):
    """The answer of a function, or of a method of its owner, answering in this way."""
    try:
        answer = original(*args, **kwargs)
    except Exception:
        if kind is not disturbed:
            raise
        return 0.37  # where an error is asked for, its absence is the disturbance
    if owner is not None and (answer is None or answer is owner):
        return answer  # a method that answers nothing, or the object itself
    return kind(answer, [*args, *kwargs.values()])


def _answers(name, item):
    return callable(item) and (not name.startswith("_") or name == "__call__") and not isinstance(item, type)


def _method(original, kind):
    @functools.wraps(original)
    def method(self, *args, **kwargs):
        return _changed(kind, functools.partial(original, self), args, kwargs, self)

    return method

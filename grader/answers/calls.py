"""The call behind a wrong answer, as a student would write it: the function's name and its inputs.

Small inputs stand there in full, large ones by type, shape and dtype.
"""

from __future__ import annotations

import contextlib
import inspect
import operator
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

from grader.answers.compare import DIGITS, type_name
from grader.answers.remote import Recorded, RemoteFunction, RemoteObject
from grader.outcomes import Finding

MOST_NUMBERS, MOST_CHARACTERS = 12, 60
"""What has more numbers or characters is large."""
LONGEST = 600
"""Characters of a whole call."""
CALLING = ("call_and_keep", "stray", "gradients", "parameter_gradients")
"""Probes that call what they are given."""


class Owner(NamedTuple):
    """Something of the student's that is named in a request: an object, a method or a function."""

    kind: str
    number: int
    name: str


def describe(recorded: list[Recorded], subject: object, place: str, module: Any) -> Finding | None:
    """Return the call that gave `subject`, or what of it stands at `place`, or else the last one.

    `module` is the reference, for the inputs' names.
    """
    calls = [call for call in recorded if call.target[0] != "given"]
    if not calls:
        return None
    own = [call for call in calls if subject is not None and _holds(call.outcome, subject)]
    item = re.match(r"\[(\d+)\]", place)
    if item and isinstance(subject, list) and _are_answers(subject, calls):
        own = [calls[int(item[1])]]
    # An error ends the test, unless it was asked for: then the test has made another call since.
    certain = own or (calls[-1:] if calls[-1].fault or len(calls) == 1 else [])
    text = _Writer(recorded, module).call((certain or calls)[-1])
    if not text:
        return None
    return Finding("call" if certain else "last_call", {"call": text if len(text) <= LONGEST else f"{text[:LONGEST]}…"})


def returned(recorded: list[Recorded]) -> Finding | None:
    """Return what the last call gave, where that is data."""
    last = recorded[-1] if recorded else None
    if last is None or last.fault or isinstance(last.outcome, RemoteObject):
        return None
    return Finding("returned", {"answer": summary(last.outcome)})


def _holds(outcome: Any, subject: object) -> bool:
    """Whether an answer is the subject, or a sequence of answers holds it."""
    return outcome is subject or (isinstance(outcome, list | tuple) and any(item is subject for item in outcome))


def _are_answers(subject: list[Any], calls: list[Recorded]) -> bool:
    """Whether a test has put the answers of all its calls into a list."""
    return len(subject) == len(calls) and all(map(operator.is_, subject, (call.outcome for call in calls)))


def name_of(function: Any) -> str:
    """The name by which a student knows a function, a method or an object of theirs."""
    if isinstance(function, RemoteFunction):
        return str(function._target[-1])
    return str(getattr(function, "_type_name", None) or getattr(function, "__name__", type(function).__name__))


class _Writer:
    """Writes calls of one test."""

    def __init__(self, recorded: list[Recorded], module: Any) -> None:
        self.recorded = recorded
        self.module = module

    def call(self, record: Recorded) -> str:
        kind, *path = record.target
        target, args, kwargs = record.decode(lambda it: Owner(it.kind, it.number, it.type_name))
        if kind == "name":
            return self.written(path[0], self.find(path[0]), args, kwargs)
        if kind == "probe":
            return self.probe(path[0], args)
        return self.owned(Owner(kind, path[0], path[1] if kind == "method" else ""), args, kwargs)

    def probe(self, name: str, args: Any) -> str:
        owner, *rest = args
        if name in CALLING:
            text = self.owned(owner, rest[0], rest[1])
            return text if name in ("call_and_keep", "stray") else f"{name} of {text}"
        if name == "attribute":
            return f"{self.maker(owner.number)}.{rest[0]}"
        return f"{name} of {self.maker(owner.number)}" if owner.kind == "handle" else ""

    def owned(self, owner: Any, args: Any, kwargs: Any) -> str:
        """A call of a function, an object or a method of one."""
        if owner.kind == "function":
            return self.written(owner.name, self.find(owner.name), args, kwargs)
        type_ = self.find(self.type_of(owner.number))
        made = self.maker(owner.number)
        method = owner.name if owner.kind == "method" else ""
        if method.startswith("__") and method not in ("__call__",):
            return f"{made}.{method}({', '.join(map(summary, args))})"
        function = getattr(type_, method or "forward", None) or getattr(type_, "__call__", None)  # noqa: B004 - its signature
        return self.written(f"{made}.{method}" if method else made, function, (owner, *args), kwargs, own=True)

    def maker(self, number: int) -> str:
        """The call that made an object, else the name of its type."""
        for record in self.recorded:
            outcome = record.outcome
            if isinstance(outcome, RemoteObject) and outcome._number == number and record.target[0] == "name":
                return self.call(record)
        return self.type_of(number) or "object"

    def type_of(self, number: int) -> str:
        objects = (one for record in self.recorded for one in _objects(record.outcome))
        return next((one._type_name for one in objects if one._number == number), "")

    def find(self, name: str) -> Any:
        return getattr(self.module, name, None)

    def written(self, name: str, function: Any, args: Any, kwargs: Any, own: bool = False) -> str:
        """A call with the names of its inputs where the reference tells them."""
        named = _named(function, args, kwargs)
        items = list(named.items())[1 if own else 0 :]
        parts = [summary(value) if key.isdigit() else f"{key}={summary(value)}" for key, value in items]
        return f"{name}({', '.join(parts)})"


def _named(function: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The inputs by the names that the reference gives them, else by their places."""
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    with contextlib.suppress(TypeError, ValueError):
        bound = inspect.signature(function).bind(*args, **kwargs)
        if not any(bound.signature.parameters[name].kind in several for name in bound.arguments):
            return dict(bound.arguments)
    return {**{str(place): value for place, value in enumerate(args)}, **kwargs}


def _objects(value: Any) -> Iterator[RemoteObject]:
    if isinstance(value, RemoteObject):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _objects(item)


def summary(value: Any) -> str:
    """An input: small ones in full, large ones by what they are."""
    if isinstance(value, torch.Tensor):
        view = "" if value.is_contiguous() else f", strides {tuple(value.stride())}"
        return _numbers("tensor", value.detach().cpu(), str(value.dtype).removeprefix("torch.") + view)
    if isinstance(value, np.ndarray):
        view = "" if value.flags.c_contiguous else ", not contiguous"
        return _numbers("array", value, str(value.dtype) + view)
    if isinstance(value, Owner):
        return f"<{value.name or 'object'}>"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, list | tuple | dict):
        return _collection(value)
    text = f"<{type_name(value)}>" if callable(value) or isinstance(value, torch.Generator) else repr(value)
    text = text if not text.startswith("<") or " at 0x" not in text else f"<{type_name(value)}>"
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"


def _numbers(kind: str, value: Any, dtype: str) -> str:
    shape = tuple(value.shape)
    if 0 < len(value.reshape(-1)) <= MOST_NUMBERS:
        numbers = value.reshape(-1).tolist()
        alike = len({summary(one) for one in numbers}) < len({repr(one) for one in numbers})
        return f"{kind}({repr(value.tolist()) if alike else _list(value.tolist())}, {dtype})"
    return f"<{kind} {shape}, {dtype}>"


def _list(value: Any) -> str:
    return f"[{', '.join(map(_list, value))}]" if isinstance(value, list) else summary(value)


def _collection(value: Any) -> str:
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key!r}: {summary(item)}" for key, item in list(value.items())[:MOST_NUMBERS]) + "}"
    else:
        inner = ", ".join(map(summary, value[:MOST_NUMBERS]))
        text = f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    large = len(value) > MOST_NUMBERS or len(text) > 3 * MOST_CHARACTERS
    return f"<{type_name(value)} of {len(value)}>" if large else text

"""What a suite imports: marks, claims and probes.

The same helpers take the student's functions and handles and the reference's own objects.
"""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from grader.answers.calls import name_of
from grader.answers.compare import Mismatch, claim, difference
from grader.answers.differences import explain
from grader.answers.faults import StudentFault
from grader.answers.student import copied, hand_out, probe, renew
from grader.course.weeks import default_root
from grader.messages import say
from grader.outcomes import Finding, Sentence

__all__ = [
    *("accepts", "after", "assert_raises", "assert_same", "attribute", "call_and_keep", "catches", "claims", "dataset"),
    *("expect", "follows_device", "gradients", "parameter_gradients", "points", "served", "set_attribute"),
    *("trainable", "type_names", "unchanged"),
]


def points(number: float) -> pytest.MarkDecorator:
    """Mark a test with the points that it is worth."""
    return pytest.mark.points(number)


def after(name: str) -> pytest.MarkDecorator:
    """Mark a test as skipped when the test `name` of the same file did not pass."""
    return pytest.mark.after(name)


def claims(*parts: str) -> pytest.MarkDecorator:
    """Mark a test with what it holds: parts of sentences of the contract, word for word."""
    return pytest.mark.claims(*parts)


def assert_same(got: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> None:
    """Assert that two answers agree in type, shape, dtype, device and value, by the tolerance table unless widened."""
    found = difference(got, expected, rtol, atol)
    if found:
        more = None
        with contextlib.suppress(Exception):  # help never changes a verdict
            more = explain(got, expected, rtol, atol)
        raise Mismatch(found, more, got)


def expect(condition: object, en: str, zh: str, **values: object) -> None:
    """Assert any other claim; the sentences say what is wrong when it does not hold."""
    if not condition:
        raise claim(en, zh, **values)


RAISED = ("raised", "refused", "recursion", "memory", "exit_call", "input_call")
"""Findings of an error that the called function raised itself."""


def assert_raises(error: type[Exception], function: Any, *args: Any, **kwargs: Any) -> None:
    """Assert that the call raises `error` or a subclass; NotImplementedError never counts."""
    try:
        function(*args, **kwargs)
    except StudentFault as fault:
        if fault.finding.key not in RAISED or not fault.types:  # not by the function, or not of its own
            raise
        if error.__name__ not in fault.types or "NotImplementedError" in fault.types:
            values = {"expected": error.__name__, "got": fault.types[0], "message": fault.finding.values["message"]}
            raise Mismatch(Finding("wrong_error", {"function": name_of(function), **values})) from None
    except error as raised:
        if isinstance(raised, NotImplementedError):
            raise
    else:
        raise Mismatch(Finding("no_error", {"function": name_of(function), "expected": error.__name__}))


SURPRISES = 1 / 3
"""Before so many of the wrong implementations comes a right one."""


def accepts(check: Any, implementation: Any) -> None:
    """Assert that a learner's test lets a right implementation pass; a fresh process runs the test."""
    fault = _refusal(check, implementation)
    if fault is not None:
        raise _refused(fault)


def catches(check: Any, implementation: Any, en: str, zh: str) -> None:
    """Assert that a learner's test refuses a wrong implementation; the sentences say which inputs would tell.

    Now and then a right one comes first. Once it is refused, nothing counts as caught any more: a test that only counts
    its turns would be found out.
    """
    among = getattr(implementation, "among", None)
    if among and not among.refused and random.SystemRandom().random() < SURPRISES:
        among.refused = _refusal(check, implementation.right)
    if among and among.refused:
        raise _refused(among.refused)
    if _refusal(check, implementation) is None:
        hints = {"en": en, "zh": zh}
        said: Sentence = {lang: say("candidate_slipped", lang, hint=hint) for lang, hint in hints.items()}
        raise Mismatch(Finding("candidate_slipped", sentence=said))


def _refused(fault: StudentFault) -> StudentFault:
    values = {"type": fault.types[0], "problem": fault.finding.values["message"]}
    return StudentFault(Finding("candidate_refused", values), fault.traceback, fault.types)


def _refusal(check: Any, implementation: Any) -> StudentFault | None:
    """Return what the test raised for an implementation; a test that is not written or cannot run is refused itself."""
    renew(check)
    try:
        check(implementation)
    except StudentFault as fault:
        if fault.fatal or fault.finding.key != "raised":
            raise
        return fault
    except (AssertionError, RuntimeError) as error:  # of a test in this process
        return StudentFault(Finding("raised", {"message": str(error)}), types=(type(error).__name__,))
    return None


def gradients(function: Any, *args: Any, wrt: tuple[int, ...] = (0,), **kwargs: Any) -> Any:
    """Return the gradients of a fixed weighted sum of the (first) answer with respect to the arguments at `wrt`."""
    return probe("gradients", function, args, kwargs, wrt)


def parameter_gradients(layer: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the gradient of the same sum for every parameter by name; None for one that got none."""
    return probe("parameter_gradients", layer, args, kwargs)


def call_and_keep(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the answer, and the arguments as they are after the call: (answer, args, kwargs)."""
    return probe("call_and_keep", function, args, kwargs)


def unchanged(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call, assert that no argument was modified in place, and return the answer."""
    before = copied((args, kwargs))
    answer, args_after, kwargs_after = call_and_keep(function, *args, **kwargs)
    data = [item for item in zip(args_after, before[0], strict=True) if not callable(item[1])]
    data += [(kwargs_after[key], value) for key, value in before[1].items() if not callable(value)]
    for number, (now, then) in enumerate(data):
        if difference(now, then, 0.0, 0.0):
            raise Mismatch(Finding("mutated", {"function": name_of(function), "number": str(number + 1)}))
    return answer


def follows_device(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call, assert that new tensors lie where those of the call do, also on another device, and return the answer."""
    answer = function(*args, **kwargs)
    if made := probe("stray", function, args, kwargs):
        raise Mismatch(Finding("stray", {"function": name_of(function), "made": str(made)}))
    return answer


def served(module: Any, function: Any, **attributes: Any) -> Any:
    """Return what a function or object of the suite's looks like to a module: it runs and counts its calls here.

    The student's code sees the attributes that are named, and no others.
    """
    return hand_out(module, function, type(function).__name__, attributes)


def attribute(owner: Any, name: str) -> Any:
    """Return the value of a (dotted) attribute of an object or handle."""
    return probe("attribute", owner, name)


def set_attribute(owner: Any, name: str, value: Any) -> None:
    """Set a (dotted) attribute of an object or handle."""
    probe("set_attribute", owner, name, value)


def trainable(layer: Any) -> Any:
    """Return requires_grad of every parameter by name."""
    return probe("trainable", layer)


def type_names(layer: Any) -> Any:
    """Return the class name of every submodule by dotted name."""
    return probe("type_names", layer)


def dataset(name: str) -> Path:
    """Return the folder of a data set."""
    return default_root() / "datasets" / name

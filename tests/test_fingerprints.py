"""Fingerprints: an answer is recognised whatever its rounding, and only when one mistake gives it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from grader.answers.diagnose import Suspects
from grader.answers.faults import StudentFault
from grader.answers.fingerprints import Fingerprint, agree, explaining, sketch, symptoms
from grader.answers.remote import Recorded
from grader.judge.attempt import Attempt
from grader.outcomes import Finding

X = torch.tensor([[0.25, 1.5, -3.0], [7.0, 0.0, 1e-3]])


def call(outcome: Any, target: tuple[Any, ...] = ("name", "f"), raised: str = "", fatal: bool = False) -> Recorded:
    """One call with its outcome, or with the error that it raised."""
    fault = StudentFault(Finding("raised"), types=(raised,), fatal=fatal) if raised or fatal else None
    return Recorded(target, b"", bytearray(), {}, outcome, fault)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (X, X * (1 + 1e-6)),
        (X.double(), X.double() * (1 + 1e-12)),
        ((X, [1, "a", None]), (X, [1, "a", None])),
        ({"a": 1.0, "b": X}, {"b": X, "a": 1}),
        (torch.tensor([1.0, float("nan"), float("-inf")]), torch.tensor([1.0, float("nan"), float("-inf")])),
        (np.arange(3.0), np.arange(3.0)),
    ],
)
def test_equal_answers_have_sketches_that_agree(one: Any, other: Any) -> None:
    """Rounding, the order of a dict and the kind of a whole number make no difference."""
    assert agree(sketch([call(one)]), sketch([call(other)]))


@pytest.mark.parametrize(
    "other",
    [
        X + 1e-3,
        X.mT,
        X.flatten(),
        X.double(),
        X.flip(0),
        X.masked_fill(X == 0, float("nan")),
        (X,),
        X.numpy(),
        None,
        X > 0,
    ],
)
def test_other_answers_have_other_sketches(other: Any) -> None:
    """Values, their places, shape, dtype, NaN and type all count."""
    assert not agree(sketch([call(X)]), sketch([call(other)]))


def test_whole_numbers_and_text_are_exact() -> None:
    """A mask, an index or a word is equal or it is not."""
    for one, other in ((torch.tensor([1, 2]), torch.tensor([1, 3])), ("ab", "ba"), (X > 0, X > 1), (True, False)):
        assert not agree(sketch([call(one)]), sketch([call(other)]))


def test_errors_and_targets_count_and_numbers_of_handles_do_not() -> None:
    """The kind of error and the method that was called are part of an answer; which handle it was is not."""
    assert agree(sketch([call(None, raised="ValueError")]), sketch([call(None, raised="ValueError")]))
    assert not agree(sketch([call(None, raised="ValueError")]), sketch([call(None, raised="TypeError")]))
    assert agree(sketch([call(X, ("method", 3, "f"))]), sketch([call(X, ("method", 8, "f"))]))
    assert not agree(sketch([call(X, ("method", 3, "f"))]), sketch([call(X, ("method", 3, "g"))]))


@pytest.mark.parametrize(("line", "alike"), [('raise ValueError("no")', True), ("return torch.ones(2) @ x", False)])
def test_what_a_learner_raises_has_words_of_its_own(line: str, alike: bool) -> None:
    """Two messages of errors that the files raise themselves are one answer; two messages of a library's are two."""

    def said(message: str) -> Recorded:
        shown = f'  File "tiny.py", line 2, in f\n    {line}\n'
        fault = StudentFault(Finding("raised", {"message": message}), shown, ("ValueError",))
        return Recorded(("name", "f"), b"", bytearray(), {}, None, fault)

    assert alike == agree(sketch([said("one")]), sketch([said("other")]))


def test_the_mistakes_that_fit_are_found() -> None:
    """Those with the same answers to that test; another test or other answers say nothing of them."""
    known = [
        Fingerprint({"en": name, "zh": name}, {"test_x": sketch([call(value)])})
        for name, value in (("a", X), ("b", 2 * X), ("c", X))
    ]

    assert {"0", "2"} == explaining(known, "example/test_x", [call(X)])
    assert set() == explaining(known, "example/test_y", [call(X)])
    assert set() == explaining(known, "example/test_x", [call(3 * X)])
    assert set() == explaining(known, "example/test_x", [call(X), call(X)])
    assert {"example/test_x"} == symptoms(known[0]).fails


@pytest.mark.parametrize("source", [None, b"def double(x): ..."], ids=["release", "whole course"])
def test_a_box_that_died_or_was_never_asked_explains_nothing(source: bytes | None) -> None:
    """Neither in a release, which has fingerprints alone, nor where known mistakes can be run."""
    for recorded in ([call(X), call(None, fatal=True)], [], None):
        key = SimpleNamespace(source=source, fingerprints=[Fingerprint({"en": "a", "zh": "a"}, {"test_x": sketch([])})])
        mine: Any = SimpleNamespace(session=SimpleNamespace(recorded=recorded), key=key)
        assert Attempt._explaining(mine, "test_x", Suspects({}, {}, set(), {})) is None


def test_a_number_beyond_every_float_has_a_sketch() -> None:
    assert not agree(sketch([call(10**400)]), sketch([call(10**401)]))

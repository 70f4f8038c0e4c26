"""Diagnosis where no mistakes can be replayed: what each mistake's answers to the visible examples look like.

A release holds these sketches in the place of the mistakes. A sketch keeps, call by call, a hash of all that is exact
(types, shapes, whole numbers, text, errors) and two weighted sums of the rest: enough to recognise an answer, too
little to read any code from.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from grader.answers.compare import EQUAL, EXACT
from grader.answers.remote import Recorded, RemoteObject
from grader.course.weeks import Week, digest
from grader.mistakes import Symptoms
from grader.outcomes import Sentence

SUMS = 2
DIGITS = 10


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """The answer to one call."""

    exact: str
    sums: list[float]
    """Weighted sums of all floating-point numbers in the answer."""
    tolerance: float
    """By how much a sum may differ: the tolerances of the numbers in it, together."""

    def agrees(self, other: Answer) -> bool:
        pairs = zip(self.sums, other.sums, strict=True)
        return self.exact == other.exact and all(one == two or abs(one - two) <= self.tolerance for one, two in pairs)


Sketch = list[Answer]


class Fingerprint(msgspec.Struct, frozen=True):
    """One mistake as a release knows it: without a name, by its help and its answers to the tests that it fails."""

    help: Sentence
    tests: dict[str, Sketch]


def path_of(week: Week, exercise: str) -> Path:
    """Return where a release keeps the fingerprints of an exercise."""
    return week.root / "grader" / "fingerprints" / week.name / f"{exercise}.json"


def read(week: Week, exercise: str) -> list[Fingerprint]:
    """Return the fingerprints of an exercise; none where there is no file."""
    path = path_of(week, exercise)
    return msgspec.json.decode(path.read_bytes(), type=list[Fingerprint]) if path.is_file() else []


def explaining(known: list[Fingerprint], test: str, recorded: list[Recorded]) -> set[str]:
    """Return the mistakes that give the answers of a failed test, by number."""
    mine, name = sketch(recorded), test.removeprefix("example/")
    return {str(place) for place, one in enumerate(known) if agree(one.tests.get(name, []), mine)}


def symptoms(known: Fingerprint) -> Symptoms:
    """Return which tests a mistake fails; a release has the visible examples, and any of them may hang on chance."""
    return Symptoms(frozenset(f"example/{test}" for test in known.tests))


def agree(known: Sketch, mine: Sketch) -> bool:
    return len(known) == len(mine) and all(one.agrees(other) for one, other in zip(known, mine, strict=True))


def sketch(recorded: list[Recorded]) -> Sketch:
    """Return the sketch of the calls that a test made."""
    return [_answer(call) for call in recorded]


def _answer(call: Recorded) -> Answer:
    """Sketch one call; the numbers of handles do not count, they depend on earlier tests."""
    parts = _Parts()
    parts.exact += [part for part in call.target if isinstance(part, str)]
    if call.fault:
        parts.exact += ["raised", *(call.fault.types[:1] or [call.fault.finding.key])]
        # That both raise a TypeError says little; what a learner raises, the learner words.
        parts.exact.append("" if call.fault.deliberate else call.fault.finding.values.get("message", ""))
    else:
        parts.take(call.outcome)
    return Answer(
        digest(*parts.exact)[:16], [_sum(parts.floats, turn) for turn in range(SUMS)], _rounded(parts.tolerance)
    )


def _sum(numbers: list[float], turn: int) -> float:
    weights = (math.cos((turn + 1) * place) for place in range(1, len(numbers) + 1))
    return _rounded(math.fsum(weight * number for weight, number in zip(weights, numbers, strict=True)))


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


class _Parts:
    """A value taken apart: what is exact, and its floating-point numbers with their tolerances."""

    def __init__(self) -> None:
        self.exact: list[str] = []
        self.floats: list[float] = []
        self.tolerance = 0.0

    def take(self, value: Any) -> None:
        if isinstance(value, RemoteObject):
            self.exact.append("handle")
        elif isinstance(value, np.ndarray):
            self.exact.append("array")
            self._tensor(torch.from_numpy(np.array(value)))
        elif isinstance(value, torch.Tensor):
            self._tensor(value.detach())
        elif isinstance(value, int) and abs(value) > sys.float_info.max:
            self.exact.append(str(value))
        elif isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
            self._floats(torch.tensor([float(value)], dtype=torch.float64), torch.float64)
        elif isinstance(value, list | tuple):
            self.exact += [type(value).__name__, str(len(value))]
            for item in value:
                self.take(item)
        elif isinstance(value, dict):
            self.exact += ["dict", str(len(value))]
            for key in sorted(value, key=repr):
                self.exact.append(repr(key))
                self.take(value[key])
        else:
            self.exact.append(repr(value) if isinstance(value, str | bytes | bool | None) else type(value).__name__)

    def _tensor(self, value: torch.Tensor) -> None:
        self.exact += [str(value.dtype), str(list(value.shape))]
        if value.is_complex():
            self._floats(torch.view_as_real(value).flatten().double().cpu(), value.dtype)
        elif value.is_floating_point():
            self._floats(value.flatten().double().cpu(), value.dtype)
        else:
            self.exact.append(str(value.flatten().tolist()))

    def _floats(self, values: torch.Tensor, dtype: torch.dtype) -> None:
        """Take numbers in; which of them are NaN or infinite is exact."""
        finite = torch.isfinite(values)
        self.exact.append(str(values[~finite].tolist()) + str(torch.nonzero(~finite).flatten().tolist()))
        numbers = torch.where(finite, values, 0.0)
        relative, absolute = EQUAL.get(dtype, EXACT)
        self.floats += numbers.tolist()
        self.tolerance += float((relative * numbers.abs() + absolute).sum())

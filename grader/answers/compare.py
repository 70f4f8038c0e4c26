"""Closeness of answers, and the first place where two differ.

One tolerance table by dtype.
"""

from __future__ import annotations

import cmath
import contextlib
import enum
import math
from typing import Any

import numpy as np
import torch

from grader.outcomes import Finding, Sentence

Tolerances = dict[torch.dtype, tuple[float, float]]
TOLERANCES: Tolerances = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (2e-5, 2e-6),
    torch.float64: (2e-5, 2e-6),
    torch.complex64: (2e-5, 2e-6),
    torch.complex128: (2e-5, 2e-6),
}
"""Relative and absolute tolerance. Wide enough for another order of summation over a few thousand terms, narrow enough
for an eps in the wrong place. An answer in float64 may have been computed in float32 on the way, as half of all
tutorials do: no contract asks for more, and a test that must have more digits says so with a tolerance of its own."""
EQUAL: Tolerances = {
    **TOLERANCES,
    torch.float64: (1e-9, 1e-10),
    torch.complex128: (1e-9, 1e-10),
}
"""How close two answers are that come from the same computation."""
ON_ACCELERATOR = 4.0
"""The tolerances are so many times as wide on other devices: their products sum in blocks of another size for every
shape, and their exponentials and roots round to within two units instead of one."""
EXACT = (0.0, 0.0)
DIGITS, MOST_DIGITS = 6, 17
LONGEST = 200
"""Characters of a value that are shown."""
BEFORE, AFTER = 60, 12
"""Of two long texts so many characters before their first difference are shown; of what follows it there, so many."""


class Mismatch(AssertionError):
    """An answer is not what it should be; `finding` says where and how, `more` what else is true of it."""

    def __init__(self, finding: Finding, more: Finding | None = None, subject: object = None) -> None:
        super().__init__(finding.key, finding.values)
        self.finding = finding
        self.more = [more] if more else []
        self.subject = subject
        """The answer that was compared: it tells which of several calls the finding is about."""


def claim(en: str, zh: str, **values: object) -> Mismatch:
    """Return the failure of a claim that a suite words itself; of two dictionaries what differs is shown."""
    sentence: Sentence = {"en": en, "zh": zh}
    got, expected = values.get("got"), values.get("expected")
    if isinstance(got, dict) and isinstance(expected, dict):
        values = {**values, "got": _without(got, expected), "expected": _without(expected, got)}
    return Mismatch(Finding("claim", {name: _in_a_sentence(value) for name, value in values.items()}, sentence))


def _without(one: dict[Any, Any], other: dict[Any, Any]) -> str:
    """Return a dictionary in words, without the items that another one has too."""
    items = [f"{key!r}: {value}" for key, value in one.items() if key not in other or other[key] != value]
    return "{" + ", ".join([*items, *(["…"] if len(items) < len(one) else [])]) + "}"


def difference(
    got: Any, expected: Any, rtol: float | None = None, atol: float | None = None, place: str = ""
) -> Finding | None:
    """Return the first difference between two answers, or None."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        return _arrays(got, expected, rtol, atol, place)
    if isinstance(expected, torch.Generator) and isinstance(got, torch.Generator):
        got, expected = got.get_state(), expected.get_state()
    if isinstance(expected, torch.Tensor):
        if not isinstance(got, torch.Tensor):
            return _finding("wrong_type", place, expected="Tensor", got=type_name(got))
        return _tensors(got, expected, rtol, atol, place)
    if _is_number(expected) and _is_number(got):
        return _numbers(got, expected, rtol, atol, place)
    if type_name(got) != type_name(expected):
        return _finding("wrong_type", place, expected=type_name(expected), got=type_name(got))
    if isinstance(expected, list | tuple):
        return _sequences(got, expected, rtol, atol, place)
    if isinstance(expected, dict):
        return _mappings(got, expected, rtol, atol, place)
    if got == expected:
        return None
    if isinstance(expected, str | bytes):
        return _finding("text", place, **_first_difference(got, expected))
    return _finding("value", place, expected=short_repr(expected), got=short_repr(got))


class Closeness(enum.IntEnum):
    """How close two answers are."""

    OTHER = 0
    ALIKE = 1
    """A test would take one for the other: one may have been rounded to float32 on the way."""
    SAME = 2
    """They come from the same computation."""


def closeness(got: Any, expected: Any) -> Closeness:
    """Return how close two answers are."""
    if difference(got, expected):
        return Closeness.OTHER
    return Closeness.SAME if same(got, expected) else Closeness.ALIKE


def same(got: Any, expected: Any) -> bool:
    """Whether two answers come from the same computation."""
    if difference(got, expected):
        return False
    if isinstance(expected, torch.Tensor | np.ndarray):
        tensor = torch.as_tensor(expected)
        return difference(got, expected, *tolerance(tensor.dtype, tensor.device, EQUAL)) is None
    if isinstance(expected, list | tuple):
        return all(same(one, other) for one, other in zip(got, expected, strict=True))
    if isinstance(expected, dict):
        return all(same(got[key], value) for key, value in expected.items())
    return not _is_number(expected) or difference(got, expected, *EQUAL[torch.float64]) is None


def tolerance(dtype: torch.dtype, device: torch.device, table: Tolerances = TOLERANCES) -> tuple[float, float]:
    """Return the relative and the absolute tolerance of a dtype on a device."""
    relative, absolute = table.get(dtype, EXACT)
    factor = 1.0 if device.type == "cpu" else ON_ACCELERATOR
    return factor * relative, factor * absolute


def type_name(value: Any) -> str:
    """The name of a value's type as a student knows it."""
    if (own := getattr(value, "_type_name", None)) is not None:  # what stays in a box may be called like anything
        return f"<{own} object>"
    return "None" if value is None else type(value).__name__


def short_repr(value: object) -> str:
    """A value as a report shows it, short; a string as Python writes it, so that a line break is seen."""
    text = f"{value:.{DIGITS}g}" if isinstance(value, float | complex) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def distinct_reprs(one: Any, other: Any) -> tuple[str, str]:
    """Two different numbers with enough digits to tell them apart, and one more to see by how much."""
    if not all(isinstance(number, float | complex) for number in (one, other)):
        return short_repr(one), short_repr(other)
    apart = (digits for digits in range(DIGITS, MOST_DIGITS) if f"{one:.{digits}g}" != f"{other:.{digits}g}")
    digits = next(apart, MOST_DIGITS)
    digits += digits > DIGITS
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def _in_a_sentence(value: object) -> str:
    """A value inside a claim: a name stands there as it is, what has line breaks in it as Python writes it."""
    plain = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST
    return str(value) if plain else short_repr(value)


def _first_difference(got: Any, expected: Any) -> dict[str, str]:
    """Where two texts begin to differ, and each of them around that place."""
    pairs, end = enumerate(zip(got, expected, strict=False)), min(len(got), len(expected))
    place = next((n for n, (one, other) in pairs if one != other), end)
    begin = place - BEFORE if max(len(got), len(expected)) > LONGEST else 0

    def around(text: Any) -> str:
        start = max(begin, 0)
        cut = text[start : start + LONGEST]
        return f"{'…' if start else ''}{cut!r}{'…' if start + LONGEST < len(text) else ''}"

    rests = {"expected_rest": repr(expected[place : place + AFTER]), "got_rest": repr(got[place : place + AFTER])}
    return {"expected": around(expected), "got": around(got), "number": str(place + 1), **rests}


def _finding(key: str, place: str, **values: str) -> Finding:
    return Finding(f"{key}_at" if place else key, {"place": place, **values})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _numbers(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    exact = isinstance(expected, int | np.integer) and isinstance(got, int | np.integer)
    default = EXACT if exact else TOLERANCES[torch.float64]
    relative, absolute = default[0] if rtol is None else rtol, default[1] if atol is None else atol
    with contextlib.suppress(OverflowError):  # an integer beyond every float is close to nothing but itself
        if float(got) == float(expected) or (math.isnan(got) and math.isnan(expected)):
            return None
        finite = math.isfinite(got) and math.isfinite(expected)
        if finite and abs(got - expected) <= absolute + relative * abs(expected):
            return None
    if exact and got == expected:
        return None
    wanted, found = distinct_reprs(expected, got)
    if exact or not (math.isfinite(got) and math.isfinite(expected)):
        return _finding("value", place, expected=wanted, got=found)
    error = {"largest": short_repr(float(abs(got - expected))), **_allowed((relative, absolute))}
    return _finding("number", place, expected=wanted, got=found, **error)


def _sequences(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    if len(got) == len(expected) > 1 and all(type(item) is float for item in (*got, *expected)):
        return _arrays(np.array(got), np.array(expected), rtol, atol, place)
    for index, (one, other) in enumerate(zip(got, expected, strict=False)):
        found = difference(one, other, rtol, atol, f"{place}[{index}]")
        if found:
            return found
    if len(got) != len(expected):
        return _finding("wrong_length", place, expected=str(len(expected)), got=str(len(got)))
    return None


def _mappings(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    if set(got) != set(expected):
        both = {"missing": set(expected) - set(got), "extra": set(got) - set(expected)}
        wrong = {name: ", ".join(sorted(map(short_repr, keys)))[:LONGEST] for name, keys in both.items() if keys}
        kind = "wrong" if len(wrong) > 1 else next(iter(wrong))
        return _finding(f"{kind}_keys", place, **wrong)
    found = (difference(got[key], value, rtol, atol, f"{place}[{key!r}]") for key, value in expected.items())
    return next(filter(None, found), None)


def _arrays(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    if got.dtype != expected.dtype:
        return _finding("wrong_dtype", place, expected=str(expected.dtype), got=str(got.dtype))
    return _tensors(torch.from_numpy(np.array(got)), torch.from_numpy(np.array(expected)), rtol, atol, place)


def _tensors(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    for key, one, other in (
        ("wrong_shape", list(got.shape), list(expected.shape)),
        ("wrong_dtype", got.dtype, expected.dtype),
        ("wrong_device", got.device.type, expected.device.type),
    ):
        if one != other:
            return _finding(key, place, expected=str(other).removeprefix("torch."), got=str(one).removeprefix("torch."))
    if torch.equal(got, expected):  # most answers; what follows takes ten times as long
        return None
    default = tolerance(expected.dtype, expected.device)
    relative, absolute = default[0] if rtol is None else rtol, default[1] if atol is None else atol
    wrong = _wrong(got.detach(), expected.detach(), relative, absolute)
    if not wrong.any():
        return None
    return _worst(got.detach(), expected.detach(), wrong, (relative, absolute), place)


def _wrong(got: Any, expected: Any, rtol: float, atol: float) -> Any:
    """Mark the elements that differ; NaN equals NaN, an infinity equals itself."""
    if not (expected.is_floating_point() or expected.is_complex()):
        return (got != expected).reshape(expected.shape)
    wide = torch.complex128 if expected.is_complex() else torch.float64
    return ~torch.isclose(got.to(wide), expected.to(wide), rtol=rtol, atol=atol, equal_nan=True)


def _worst(got: Any, expected: Any, wrong: Any, tolerance: tuple[float, float], place: str) -> Finding:
    """Describe the element that is furthest off; where distance means nothing, the first that differs."""
    index = _place_of_worst(got, expected, wrong)
    one, other = got[index].item(), expected[index].item()
    wanted, found = distinct_reprs(other, one)
    finite = cmath.isfinite(one) and cmath.isfinite(other)
    real = got.is_floating_point() or got.is_complex()
    error = (
        {"largest": short_repr(abs(one - other)), **_allowed(tolerance)}
        if finite and real and tolerance != EXACT
        else {}
    )
    if not index:
        return _finding("number" if error else "value", place, expected=wanted, got=found, **error)
    key = "elements" if error else "elements_exact"
    if real and not finite:
        key = "nan" if cmath.isnan(one) else "infinite"
    count, total = f"{int(wrong.sum()):,}", f"{wrong.numel():,}"
    where = f"{place}[{', '.join(map(str, index))}]"
    return Finding(key, {"place": where, "expected": wanted, "got": found, "count": count, "total": total, **error})


def _allowed(tolerance: tuple[float, float]) -> dict[str, str]:
    return {"rtol": short_repr(tolerance[0]), "atol": short_repr(tolerance[1])}


def _place_of_worst(got: Any, expected: Any, wrong: Any) -> tuple[int, ...]:
    if not wrong.dim():
        return ()
    places = torch.nonzero(wrong)
    if not (got.is_floating_point() or got.is_complex()):
        return tuple(map(int, places[0]))
    wide = torch.complex128 if expected.is_complex() else torch.float64
    errors = (got[wrong].to(wide) - expected[wrong].to(wide)).abs().nan_to_num(math.inf, math.inf)
    return tuple(map(int, places[int(errors.argmax())]))


ROUGHLY_RELATIVE, ROUGHLY_ABSOLUTE = 1e-3, 1e-4
"""What float16 can hold, and less than bfloat16 needs: an answer in half precision is refused where more is asked."""
ODD = 1e-3
"""The part of a tensor's elements that may differ altogether: where rounding decides a tie."""


def rough_difference(got: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> Finding | None:
    """Return the first difference that is no matter of rounding, or None; a suite may widen the tolerance further."""
    wide = max(ROUGHLY_RELATIVE, rtol or 0.0), max(ROUGHLY_ABSOLUTE, atol or 0.0)
    found = difference(got, expected, *wide)
    return found if found and not _all_but_a_few(got, expected, wide) else None


def _all_but_a_few(got: Any, expected: Any, wide: tuple[float, float]) -> bool:
    """Whether two answers of the same form differ only in a few elements of large tensors."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray) and got.dtype == expected.dtype:
        return _all_but_a_few(torch.from_numpy(np.array(got)), torch.from_numpy(np.array(expected)), wide)
    if isinstance(expected, torch.Tensor):
        alike = isinstance(got, torch.Tensor) and (got.shape, got.dtype) == (expected.shape, expected.dtype)
        if not alike or got.device.type != expected.device.type:
            return False
        dtype = torch.complex128 if expected.is_complex() else torch.float64
        close = torch.isclose(got.detach().to(dtype), expected.detach().to(dtype), *wide, equal_nan=True)
        return int((~close).sum()) <= ODD * close.numel()
    if type(got) is not type(expected) or not isinstance(expected, list | tuple | dict):
        return difference(got, expected, *wide) is None
    if isinstance(expected, dict):
        return set(got) == set(expected) and all(_all_but_a_few(got[key], expected[key], wide) for key in expected)
    return len(got) == len(expected) and all(
        _all_but_a_few(one, other, wide) for one, other in zip(got, expected, strict=True)
    )

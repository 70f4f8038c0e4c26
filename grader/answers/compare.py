"""Closeness of answers, and the first place where two differ.

One tolerance table by dtype. Knows nothing of where the answers come from.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import torch

from grader.outcomes import Finding, Sentence

TOLERANCES: dict[torch.dtype, tuple[float, float]] = {
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
EQUAL: dict[torch.dtype, tuple[float, float]] = {
    **TOLERANCES,
    torch.float64: (1e-9, 1e-10),
    torch.complex128: (1e-9, 1e-10),
}
"""How close two answers are that come from the same computation."""
ON_ACCELERATOR = 4.0
"""The tolerances are so many times as wide on other devices: their products sum in blocks of another size for every
shape, and their exponentials and roots round to within two units instead of one."""
EXACT = (0.0, 0.0)


class Mismatch(AssertionError):
    """An answer is not what it should be; `finding` says where and how, `more` what else is true of it."""

    def __init__(self, finding: Finding, more: Finding | None = None) -> None:
        super().__init__(finding.key, finding.values)
        self.finding = finding
        self.more = [more] if more else []


def claim(en: str, zh: str, **values: object) -> Mismatch:
    """Return the failure of a claim that a suite words itself."""
    sentence: Sentence = {"en": en, "zh": zh}
    return Mismatch(Finding("claim", {name: shown(value) for name, value in values.items()}, sentence))


def difference(
    got: Any, expected: Any, rtol: float | None = None, atol: float | None = None, place: str = ""
) -> Finding | None:
    """Return the first difference between two answers, or None."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        return _arrays(got, expected, rtol, atol, place)
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
    return None if got == expected else _finding("value", place, expected=shown(expected), got=shown(got))


def same(got: Any, expected: Any) -> bool:
    """Whether two answers come from the same computation."""
    if difference(got, expected):
        return False
    if isinstance(expected, torch.Tensor | np.ndarray):
        close = EQUAL.get(torch.as_tensor(expected).dtype, EXACT)
        factor = ON_ACCELERATOR if isinstance(expected, torch.Tensor) and expected.device.type != "cpu" else 1.0
        return difference(got, expected, factor * close[0], factor * close[1]) is None
    if isinstance(expected, list | tuple):
        return all(same(one, other) for one, other in zip(got, expected, strict=True))
    if isinstance(expected, dict):
        return all(same(got[key], value) for key, value in expected.items())
    return not _is_number(expected) or difference(got, expected, *EQUAL[torch.float64]) is None


def tolerance(dtype: torch.dtype, device: torch.device) -> tuple[float, float]:
    """Return the relative and the absolute tolerance of a dtype on a device."""
    relative, absolute = TOLERANCES.get(dtype, EXACT)
    factor = 1.0 if device.type == "cpu" else ON_ACCELERATOR
    return factor * relative, factor * absolute


def type_name(value: Any) -> str:
    """The name of a value's type as a student knows it."""
    if (own := getattr(value, "_type_name", None)) is not None:  # what stays in a box may be called like anything
        return f"<{own} object>"
    return "None" if value is None else type(value).__name__


def shown(value: object) -> str:
    """A value as a report shows it, short."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


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
    return _finding("value", place, expected=shown(expected), got=shown(got))


def _sequences(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    for index, (one, other) in enumerate(zip(got, expected, strict=False)):
        found = difference(one, other, rtol, atol, f"{place}[{index}]")
        if found:
            return found
    if len(got) != len(expected):
        return _finding("wrong_length", place, expected=str(len(expected)), got=str(len(got)))
    return None


def _mappings(got: Any, expected: Any, rtol: float | None, atol: float | None, place: str) -> Finding | None:
    if set(got) != set(expected):
        missing = sorted(map(str, set(expected) - set(got)))
        extra = sorted(map(str, set(got) - set(expected)))
        return _finding(
            "wrong_keys", place, missing=shown(", ".join(missing) or "-"), extra=shown(", ".join(extra) or "-")
        )
    for key, value in expected.items():
        found = difference(got[key], value, rtol, atol, f"{place}[{key!r}]")
        if found:
            return found
    return None


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
    return _first_wrong(got.detach(), expected.detach(), wrong, (relative, absolute), place)


def _wrong(got: Any, expected: Any, rtol: float, atol: float) -> Any:
    """Mark the elements that differ; NaN equals NaN, an infinity equals itself."""
    if not (expected.is_floating_point() or expected.is_complex()):
        return (got != expected).reshape(expected.shape)
    wide = torch.complex128 if expected.is_complex() else torch.float64
    return ~torch.isclose(got.to(wide), expected.to(wide), rtol=rtol, atol=atol, equal_nan=True)


def _first_wrong(got: Any, expected: Any, wrong: Any, tolerance: tuple[float, float], place: str) -> Finding:
    index = tuple(int(axis) for axis in torch.nonzero(wrong)[0]) if wrong.dim() else ()
    one, other = got[index].item(), expected[index].item()
    values = {
        "place": f"{place}[{', '.join(map(str, index))}]" if index else place,
        "expected": shown(other),
        "got": shown(one),
        "count": f"{int(wrong.sum()):,}",
        "total": f"{wrong.numel():,}",
    }
    if got.is_floating_point() and not math.isfinite(one) and math.isfinite(other):
        return Finding("nan" if math.isnan(one) else "infinite", values)
    if tolerance == EXACT or not got.is_floating_point():
        return Finding("elements_exact", values)
    error = (got.double() - expected.double()).abs()
    largest = float(error[torch.isfinite(error)].max()) if torch.isfinite(error).any() else math.inf
    extra = {"largest": shown(largest), "rtol": shown(tolerance[0]), "atol": shown(tolerance[1])}
    return Finding("elements", {**values, **extra})

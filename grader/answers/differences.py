"""What kind of difference lies between a wrong answer and the expected one, where it can be said with certainty.

Each comparison below tries one simple relation and speaks only if it holds for every number. At most one speaks: the
first, and the order is from the plainest relation to the loosest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from grader.answers.compare import difference, short_repr, tolerance
from grader.outcomes import Finding

MOST_NUMBERS, MOST_AXES = 1_000_000, 4
"""Larger answers are not compared: a report without this help beats a late one."""
FLOAT32 = 1e-6
"""What a step in float32 costs, as a part of the largest number."""
FEWEST = 3
"""Of fewer numbers nearly everything is a multiple or a shift."""


def explain(got: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> Finding | None:
    """Return a finding on how the first differing part of an answer differs, None where nothing simple holds."""
    pair = _first_pair(got, expected, rtol, atol) if difference(got, expected, rtol, atol) else None
    if pair is None or not all(_fit(one) for one in pair):
        return None
    default = tolerance(pair[1].dtype, pair[1].device)
    asked = default[0] if rtol is None else rtol, default[1] if atol is None else atol
    one, other = (item.detach().resolve_conj().cpu() for item in pair)
    comparison = _Comparison(one, other, default, asked)
    return next((found for check in CHECKS if (found := check(comparison))), None)


def _first_pair(
    got: Any, expected: Any, rtol: float | None, atol: float | None
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return the two tensors at the first place where the answers differ."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        if expected.dtype.kind not in "fiubc" or got.dtype.kind not in "fiubc":
            return None
        return torch.from_numpy(np.array(got)), torch.from_numpy(np.array(expected))
    if isinstance(expected, torch.Tensor):
        return (got, expected) if isinstance(got, torch.Tensor) else None
    if _numbers(expected) and _numbers(got):
        return torch.tensor(got, dtype=torch.float64), torch.tensor(expected, dtype=torch.float64)
    if isinstance(expected, list | tuple) and type(got) is type(expected):
        pairs = list(zip(got, expected, strict=False))
    elif isinstance(expected, dict) and isinstance(got, dict) and set(got) == set(expected):
        pairs = [(got[key], value) for key, value in expected.items()]
    else:
        return None
    for one, other in pairs:
        if difference(one, other, rtol, atol):
            return _first_pair(one, other, rtol, atol)
    return None


def _numbers(value: Any) -> bool:
    plain = isinstance(value, list | tuple) and all(type(item) in (int, float) for item in value)
    return plain and len(value) >= FEWEST


def _fit(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and 0 < tensor.numel() <= MOST_NUMBERS


class _Comparison:
    """The two tensors in a wide dtype; a relation holds to the narrower tolerance, the table's or the test's."""

    def __init__(
        self, got: torch.Tensor, expected: torch.Tensor, default: tuple[float, float], asked: tuple[float, float]
    ) -> None:
        wide = torch.complex128 if got.is_complex() or expected.is_complex() else torch.float64
        self.got, self.expected = got.to(wide), expected.to(wide)
        self.dtypes = got.dtype, expected.dtype
        self.rtol, self.atol = min(default[0], asked[0]), min(default[1], asked[1])
        self.asked = asked

    @property
    def same_shape(self) -> bool:
        return self.got.shape == self.expected.shape

    @property
    def real(self) -> bool:
        """Whether the two have one shape and are finite real numbers, not truth values."""
        plain = torch.bool not in self.dtypes and not self.got.is_complex()
        return self.same_shape and plain and bool(self.got.isfinite().all() and self.expected.isfinite().all())

    def equal(self, got: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
        return torch.isclose(got, expected, rtol=self.rtol, atol=self.atol, equal_nan=True)

    def same(self, got: torch.Tensor, expected: torch.Tensor) -> bool:
        return got.shape == expected.shape and bool(self.equal(got, expected).all())

    @property
    def varied(self) -> bool:
        """Whether there are enough different numbers for a relation between them to mean anything."""
        return len(set(self.expected.flatten().tolist())) >= FEWEST

    @property
    def wrong(self) -> torch.Tensor:
        """Which numbers the test refuses."""
        relative, absolute = self.asked
        return ~torch.isclose(self.got, self.expected, rtol=relative, atol=absolute, equal_nan=True)


def _other_dtype(one: _Comparison) -> Finding | None:
    """The numbers are right, rounded to the coarser of the two dtypes, and only the dtype is not."""
    got, expected = one.dtypes
    if got == expected or not one.same_shape:
        return None
    coarse = max(one.rtol, tolerance(got, torch.device("cpu"))[0])
    right = torch.isclose(one.got, one.expected, rtol=coarse, atol=one.atol, equal_nan=True).all()
    return Finding("differs_dtype") if right else None


def _other_shape(one: _Comparison) -> Finding | None:
    """The numbers are right and in order, and only the shape is not."""
    if one.same_shape or one.got.numel() != one.expected.numel():
        return None
    return Finding("differs_shape") if one.same(one.got.reshape(one.expected.shape), one.expected) else None


def _permuted(one: _Comparison) -> Finding | None:
    """The axes stand in another order."""
    axes = one.expected.dim()
    if one.got.dim() != axes or not 2 <= axes <= MOST_AXES or not one.varied:
        return None
    orders = [order for order in itertools.permutations(range(axes)) if list(order) != sorted(order)]
    found = next((order for order in orders if one.same(one.got, one.expected.permute(order))), None)
    return Finding("differs_axes", {"order": ", ".join(map(str, found))}) if found else None


def _not_a_number(one: _Comparison) -> Finding | None:
    """NaN stands where a number belongs, and all else is right."""
    if not one.same_shape:
        return None
    nan = one.got.isnan() & ~one.expected.isnan()
    if not nan.any() or nan.all() or (one.wrong & ~nan).any():
        return None
    return Finding("differs_nan", {"count": f"{int(nan.sum()):,}", "total": f"{nan.numel():,}"})


def _negated(one: _Comparison) -> Finding | None:
    """Every number has the opposite sign, or some have and all are right without it."""
    if not one.real or not one.expected.any() or not one.same(one.got.abs(), one.expected.abs()):
        return None
    if one.same(one.got, -one.expected):
        return Finding("differs_negated")
    return Finding("differs_sign", {"count": f"{int(one.wrong.sum()):,}", "total": f"{one.wrong.numel():,}"})


def _inverted(one: _Comparison) -> Finding | None:
    """True and False are swapped; of one or two elements that says nothing."""
    swapped = (
        one.got.numel() >= FEWEST and one.dtypes == (torch.bool, torch.bool) and one.same(one.got, 1 - one.expected)
    )
    return Finding("differs_inverted") if swapped else None


def _multiple(one: _Comparison) -> Finding | None:
    """Every number is the same multiple of the expected one."""
    if not one.real or not one.varied:
        return None
    place = one.expected.abs().argmax()
    factor = float(one.got.flatten()[place] / one.expected.flatten()[place])
    if factor == 0 or not one.same(one.got / factor, one.expected):
        return None
    return Finding("differs_factor", {"factor": f"{factor:.3g}"}) if f"{factor:.3g}" != "1" else None


def _shifted(one: _Comparison) -> Finding | None:
    """Every number is too large, or too small, by the same amount."""
    if not one.real or not one.varied:
        return None
    amount = float((one.got - one.expected).flatten()[one.expected.abs().argmin()])
    found = Finding("differs_more" if amount > 0 else "differs_less", {"amount": short_repr(abs(amount))})
    return found if one.same(one.got - amount, one.expected) else None


def _moved(one: _Comparison) -> Finding | None:
    """The numbers stand one position too late or too early along one axis."""
    if not one.same_shape:
        return None
    for axis in (axis for axis, size in enumerate(one.expected.shape) if size > FEWEST):
        ours, theirs = one.expected.movedim(axis, 0), one.got.movedim(axis, 0)
        if one.same(ours[1:], ours[:-1]):
            continue  # a shift of what is constant along the axis is none
        for key, got, expected in (("differs_late", theirs[1:], ours[:-1]), ("differs_early", theirs[:-1], ours[1:])):
            if one.same(got, expected):
                return Finding(key, {"axis": str(axis)})
    return None


def _rounded(one: _Comparison) -> Finding | None:
    """The numbers are right to float32's precision and not to float64's."""
    if one.dtypes != (torch.float64, torch.float64) or not one.real:
        return None
    error = float((one.got - one.expected).abs().max() / one.expected.abs().max().clamp(min=1e-300))
    few = 0 < error <= FLOAT32
    return Finding("differs_float32", {"digits": str(math.floor(-math.log10(error)))}) if few else None


def _not_normalised(one: _Comparison) -> Finding | None:
    """What should sum to 1 along an axis does not."""
    if not one.real or not one.dtypes[1].is_floating_point or bool((one.expected < 0).any()):
        return None
    for axis in (axis for axis in reversed(range(one.expected.dim())) if one.expected.shape[axis] > 1):
        ours, theirs = one.expected.sum(axis), one.got.sum(axis)
        room = 1e-6 + one.rtol * one.expected.shape[axis]
        if torch.allclose(ours, torch.ones_like(ours), rtol=0, atol=room):
            far = (theirs - 1).abs().flatten()
            if far.max() > 1e-3 + 10 * room:
                return Finding(
                    "differs_sum", {"axis": str(axis), "sum": short_repr(float(theirs.flatten()[far.argmax()]))}
                )
    return None


def _one_place(one: _Comparison) -> Finding | None:
    """Everything that is wrong stands at one position, or in one run of positions, of one axis."""
    if not one.same_shape:
        return None
    for axis, size in enumerate(one.expected.shape):
        if size < FEWEST or one.expected.numel() == size:
            continue
        places = torch.nonzero(one.wrong.movedim(axis, 0).flatten(1).any(1)).flatten().tolist()
        if not places:
            return None
        first, last = places[0], places[-1]
        if first == last:
            return Finding("differs_at", {"axis": str(axis), "place": str(first), "size": str(size)})
        if len(places) == last - first + 1 and 2 * len(places) <= size:
            values = {"axis": str(axis), "first": str(first), "last": str(last), "size": str(size)}
            return Finding("differs_between", values)
    return None


CHECKS: tuple[Callable[[_Comparison], Finding | None], ...] = (
    _other_dtype,
    _other_shape,
    _permuted,
    _not_a_number,
    _negated,
    _inverted,
    _multiple,
    _shifted,
    _moved,
    _rounded,
    _not_normalised,
    _one_place,
)

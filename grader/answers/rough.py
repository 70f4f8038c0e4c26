"""Closeness of timed answers: only a clearly wrong one is refused.

Timed calls have fresh random inputs, so a rounding error that one input in a thousand shows must not decide; the tests
without a clock are the strict ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.answers.compare import difference
from grader.outcomes import Finding

RELATIVE, ABSOLUTE = 1e-3, 1e-4
"""What float16 can hold, and less than bfloat16 needs: an answer in half precision is refused where more is asked."""
ODD = 1e-3
"""The part of a tensor's elements that may differ altogether: where rounding decides a tie."""


def rough_difference(got: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> Finding | None:
    """Return the first difference that is no matter of rounding, or None; a suite may widen the tolerance further."""
    wide = max(RELATIVE, rtol or 0.0), max(ABSOLUTE, atol or 0.0)
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
        close = torch.isclose(got.detach().double(), expected.detach().double(), *wide, equal_nan=True)
        return int((~close).sum()) <= ODD * close.numel()
    if type(got) is not type(expected) or not isinstance(expected, list | tuple | dict):
        return difference(got, expected, *wide) is None
    if isinstance(expected, dict):
        return set(got) == set(expected) and all(_all_but_a_few(got[key], expected[key], wide) for key in expected)
    return len(got) == len(expected) and all(
        _all_but_a_few(one, other, wide) for one, other in zip(got, expected, strict=True)
    )

"""The walls around a box, in the order in which they must be raised. Knows nothing of what runs inside."""

from __future__ import annotations

from collections.abc import Callable

from grader.box import limits
from grader.box.limits import BoxSettings


def raise_around(settings: BoxSettings, die_with_parent: Callable[[], None]) -> dict[str, bool]:
    """Limit and, when asked to, lock this single-threaded process; return the layers by name, active or not."""
    die_with_parent()
    limits.apply(settings)
    return {"limits": True}

"""The solutions beside their oracles, on the same random inputs: one module a stage of the road map, one function a week.

For a seed a week's function yields comparisons: the solution's name, the oracle's, one call of ours and one of the
oracle's; last, where the two answer in different forms, what makes them alike. Models and indexes are built before the
calls, so that it is not timed. Numbers are float64 unless the name says float32.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

FEW = 10
"""Of that many seeds come the comparisons that take long."""
Load = Callable[[str], Any]
Comparison = tuple[Any, ...]


def same(load: Load, name: str, oracle: str, theirs: Callable[..., Any], *inputs: Any) -> Comparison:
    """Compare a function with an oracle that takes the same arguments; `name` is "exercise.function, remark"."""
    exercise, _, function = name.partition(",")[0].partition(".")
    return name, oracle, partial(getattr(load(exercise), function), *inputs), partial(theirs, *inputs)

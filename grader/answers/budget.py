"""How long the boxes of one submission may take in all; after a time-out the later tests get less time."""

from __future__ import annotations

import math

from grader.answers.faults import StudentFault
from grader.outcomes import Finding

IN_ALL = 300.0
"""Seconds for one exercise of one submission: loading, calls, timed blocks. The judge's own work does not count."""
SLOW_LOAD, SLOW_LOADS = 10.0, 2
"""A load that takes so many seconds is slow, and after so many slow ones nothing is loaded any more."""
AFTER_A_TIME_OUT = (1.0, 0.2, 0.05)
"""The share of a test's time that is left after no, one, and more time-outs of a submission …"""
SHORTEST = (0.0, 1.0, 0.3)
"""… but never under so many seconds."""


class Budget:
    """The time that one submission may take, shared by all its boxes."""

    def __init__(self, seconds: float = IN_ALL, stops: bool = False) -> None:
        self.seconds = seconds
        self.stops = stops
        """Whether a function that was once in an endless loop is not called again."""
        self.endless: dict[str, dict[str, str]] = {}
        """The functions that were in one, with the place."""
        self.left = seconds
        self.slow_loads = 0
        self.time_outs = 0
        self.load_fault: StudentFault | None = None

    def check(self) -> None:
        """Raise a StudentFault when the submission has had its time, or its module cannot be loaded."""
        if self.left <= 0:
            raise StudentFault(Finding("over_budget", {"seconds": f"{self.seconds:g}"}))
        if self.load_fault:
            raise self.load_fault.with_traceback(None)  # or it would grow with every test

    def check_call(self, function: str) -> None:
        """Raise a StudentFault when the function would only run into its endless loop again."""
        if self.stops and function in self.endless:
            raise StudentFault(Finding("not_again", {"function": function, **self.endless[function]}))

    def check_load(self) -> None:
        """Raise a StudentFault when its module has been loaded too slowly too often."""
        if self.slow_loads >= SLOW_LOADS:
            raise StudentFault(Finding("slow_to_load", {"seconds": f"{SLOW_LOAD:g}"}))

    def loaded(self, seconds: float) -> None:
        self.slow_loads += seconds > SLOW_LOAD and self.seconds < math.inf

    def time_for(self, seconds: float) -> float:
        """Return what is left of a test's limit."""
        place = min(self.time_outs, len(SHORTEST) - 1)
        return max(SHORTEST[place], seconds * AFTER_A_TIME_OUT[place])

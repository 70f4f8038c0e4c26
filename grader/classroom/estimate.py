"""How long judging a class will still take, told exercise by exercise: some take fifty times as long as others."""

from __future__ import annotations

import contextlib
import math
import time

from grader.course import inventory
from grader.course.weeks import Exercise, Week
from grader.messages import say

SPEED = 50
"""A test of speed takes as long as so many others: what is assumed until a first result of its exercise is there."""


class Estimate:
    """What is left of a run, in seconds."""

    def __init__(self, jobs: dict[tuple[str, str], int], sizes: dict[tuple[str, str], float], begun: float = 0) -> None:
        self.left = dict(jobs)
        """Jobs that are not done, by week and exercise."""
        self.sizes = sizes
        """How large one job of an exercise is beside one of another."""
        self.begun = begun or time.monotonic()
        self._took: dict[tuple[str, str], tuple[int, float]] = {}

    def judged(self, exercise: tuple[str, str], seconds: float) -> None:
        """Take in that one job is done, and what it took."""
        self.left[exercise] -= 1
        count, worked = self._took.get(exercise, (0, 0.0))
        self._took[exercise] = count + 1, worked + seconds

    def seconds(self, now: float | None = None) -> float | None:
        """Return how many seconds are left, at the pace of this run so far; None before the first result."""
        worked = sum(seconds for _, seconds in self._took.values())
        if not worked:
            return None
        size = sum(self.sizes[one] * count for one, (count, _) in self._took.items())
        each = {
            one: took[1] / took[0] if (took := self._took.get(one)) else self.sizes[one] * worked / size
            for one in self.left
        }
        passed = (time.monotonic() if now is None else now) - self.begun
        return sum(each[one] * count for one, count in self.left.items()) * passed / worked


def size_of(week: Week, exercise: Exercise) -> float:
    """Return how much there is to run: one for every test, more for one of speed."""
    tests = []
    for path in (week.examples(exercise.name), week.suite(exercise.name)):
        with contextlib.suppress(SyntaxError):  # then nothing of it is run
            tests += inventory.tests_in(path)
    return 1 + sum(SPEED if any(one.arg == "speed" for one in test.args.args) else 1 for test in tests)


def time_left(seconds: float | None, lang: str) -> str:
    """Return what is left in words, rounded up; "" where it is not known."""
    if seconds is None:
        return ""
    minutes = math.ceil(seconds / 60)
    return (
        say("left_minutes", lang, count=minutes)
        if seconds > 60
        else say("left_seconds", lang, count=math.ceil(seconds))
    )

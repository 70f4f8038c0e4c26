"""What a learner has done, in one readable file that survives upgrades and a damaged copy.

Knows nothing of how it is drawn.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from grader.files import write_atomically
from grader.outcomes import ExerciseResult

FILE = ".progress/progress.json"
LONGEST_PAUSE = timedelta(minutes=15)
"""Two checks further apart than this have a pause between them that is no time spent."""


class Entry(msgspec.Struct):
    """One exercise of one learner."""

    hints: int = 0
    """How many hints were shown."""
    checks: int = 0
    best: float = 0
    of: float = 0
    passed: datetime | None = None
    last: datetime | None = None
    spent: float = 0
    """Seconds of work: the time between checks that follow each other closely."""


class State(msgspec.Struct):
    """All exercises by week/exercise. Fields of a newer version are ignored, missing ones get their defaults."""

    version: int = 1
    exercises: dict[str, Entry] = {}


class Progress:
    """The learner's file."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self.damaged: Path | None = None
        self.state = self._read()

    def entry(self, week: str, exercise: str) -> Entry:
        return self.state.exercises.setdefault(f"{week}/{exercise}", Entry())

    def note(self, results: list[ExerciseResult], now: datetime | None = None) -> None:
        """Remember the results of a check."""
        moment = now or datetime.now(UTC)
        for result in results:
            if result.at_fault or result.untouched or not result.tests:
                continue
            entry = self.entry(result.week, result.exercise)
            if entry.last and moment - entry.last < LONGEST_PAUSE:
                entry.spent += (moment - entry.last).total_seconds()
            entry.checks += 1
            entry.last = moment
            entry.best, entry.of = max(entry.best, result.score), result.max_score
            if result.passed and entry.passed is None:
                entry.passed = moment
        self.save()

    def save(self) -> None:
        text = msgspec.json.format(msgspec.json.encode(self.state, order="sorted"), indent=2)
        write_atomically(self.path, text + b"\n")

    def _read(self) -> State:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.damaged = self.path.with_name(f"progress.damaged-{time.strftime('%Y%m%d-%H%M%S')}.json")
            self.path.replace(self.damaged)
            return State()

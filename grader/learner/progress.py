"""What a learner has done, in one readable file that survives upgrades and a damaged copy."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from grader.errors import unusable
from grader.files import write_atomically
from grader.messages import say
from grader.outcomes import ExerciseResult, Verdict

FILE = ".progress/progress.json"
LONGEST_PAUSE = timedelta(minutes=15)
"""Two checks further apart than this have a pause between them that is no time spent."""


Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A value beyond these bounds means that the file is damaged."""


class ExerciseProgress(msgspec.Struct):
    """One exercise of one learner."""

    hints: Count = 0
    """How many hints were shown."""
    checks: Count = 0
    best: Amount = 0
    of: Amount = 0
    """Points; none where only the examples are judged."""
    examples: Count = 0
    of_examples: Count = 0
    passed: Moment | None = None
    last: Moment | None = None
    spent: Amount = 0
    """Seconds of work: the time since the check before, of whichever exercise, if the two follow each other closely."""


class State(msgspec.Struct):
    """All exercises by week/exercise. Fields of a newer version are ignored, missing ones get their defaults."""

    version: int = 1
    exercises: dict[str, ExerciseProgress] = {}


class Progress:
    """The learner's file."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self.damaged: Path | None = None
        self.state = self._read()

    def entry(self, week: str, exercise: str) -> ExerciseProgress:
        return self.state.exercises.setdefault(f"{week}/{exercise}", ExerciseProgress())

    def note(self, results: list[ExerciseResult], now: datetime | None = None) -> None:
        """Remember the results of a check."""
        moment = now or datetime.now(UTC)
        counted = [result for result in results if not (result.at_fault or result.untouched) and result.tests]
        spent = self._since_the_last_check(moment) / max(1, len(counted))
        for result in counted:
            entry = self.entry(result.week, result.exercise)
            entry.spent += spent
            entry.checks += 1
            entry.last = moment
            entry.best = max(entry.best, result.score)
            unmeasured = any(test.verdict is Verdict.UNMEASURED for test in result.tests)  # its points are missing
            entry.of = max(entry.of, result.max_score) if unmeasured else result.max_score
            right = sum(test.verdict is Verdict.PASSED for test in result.tests)
            entry.examples, entry.of_examples = (0, 0) if entry.of else (max(entry.examples, right), len(result.tests))
            if result.passed and entry.passed is None:
                entry.passed = moment
        self.save()

    def _since_the_last_check(self, moment: datetime) -> float:
        """Seconds since any exercise was checked, unless that was a pause: nobody works on two at a time."""
        last = max((entry.last for entry in self.state.exercises.values() if entry.last), default=moment)
        return (moment - last).total_seconds() if timedelta() <= moment - last < LONGEST_PAUSE else 0

    def warning(self, lang: str) -> str:
        """Say that the file was damaged, if it was."""
        return say("progress_damaged", lang, path=self.damaged) if self.damaged else ""

    def save(self) -> None:
        """Write the file; one that was damaged is set aside when it would be lost, not when it is only read."""
        if self.damaged and not self.damaged.exists():
            self.path.replace(self.damaged)
        text = msgspec.json.format(msgspec.json.encode(self.state, order="sorted"), indent=2)
        write_atomically(self.path, text + b"\n")

    def _read(self) -> State:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (msgspec.DecodeError, UnicodeDecodeError, IsADirectoryError):
            self.damaged = self._free_name(f"progress.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
            return State()

    def _free_name(self, stem: str) -> Path:
        """A name beside the file that nothing has: two copies of one second are both kept."""
        numbered = (self.path.with_name(f"{stem}-{number}.json") for number in itertools.count(2))
        return next(
            path for path in itertools.chain([self.path.with_name(f"{stem}.json")], numbered) if not path.exists()
        )


def remember(root: Path, results: list[ExerciseResult], lang: str) -> str:
    """Note results; return what there is to say of it, for a verdict must be shown whether it can be noted or not."""
    try:
        progress = Progress(root)
        progress.note(results)
    except OSError as error:
        trouble = unusable(error)
        return say("progress_not_kept", lang, problem=say(trouble.key, lang, **trouble.values))
    return progress.warning(lang)

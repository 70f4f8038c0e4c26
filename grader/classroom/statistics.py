"""The tally of a class: what its results add up to.

Only what was judged is counted: a test that the grader itself broke, or could not measure, neither passed nor failed.
"""

from __future__ import annotations

import dataclasses
from collections import Counter

from grader.classroom.results import Graded
from grader.outcomes import ExerciseResult, Sentence, TestResult, Verdict

BINS = 10
COUNTED = (Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED)


@dataclasses.dataclass
class Rate:
    """How often one test passed."""

    sentence: Sentence
    hidden: bool
    exercise: tuple[str, str] = ("", "")
    """Week and exercise."""
    failed: list[str] = dataclasses.field(default_factory=list)
    """Who failed it, of those who had begun."""
    not_begun: int = 0
    """How many had written nothing: they count for no share."""
    counts: dict[Verdict, int] = dataclasses.field(default_factory=lambda: dict.fromkeys(Verdict, 0))

    @property
    def judged(self) -> int:
        return sum(self.counts[verdict] for verdict in COUNTED)

    def share(self, verdict: Verdict) -> float:
        return self.counts[verdict] / self.judged if self.judged else 0.0


@dataclasses.dataclass
class Spotted:
    """One known mistake, and who made it."""

    exercise: tuple[str, str]
    """Week and exercise."""
    name: str
    help: Sentence
    students: list[str]


@dataclasses.dataclass(frozen=True)
class Slow:
    """One student's time in one speed test."""

    student: str
    result: ExerciseResult
    test: TestResult
    load: float
    """The time as a share of what is allowed."""


class Tally:
    """What a class adds up to, student by student: of nobody more is kept than what the report shows."""

    def __init__(self, most: int) -> None:
        self.most = most
        """How many of the slowest are remembered."""
        self._rates: dict[tuple[str, str], dict[tuple[bool, str], Rate]] = {}
        self._spotted: dict[tuple[str, str, str], Spotted] = {}
        self.slowest: list[Slow] = []
        """Who came closest to a speed limit, or went furthest beyond it."""
        self.longest: list[tuple[str, float]] = []
        """Whose judging took longest, with the seconds it took."""

    def add(self, one: Graded) -> None:
        student, slow = one.submission.student, list[Slow]()
        for result in one.results:
            for test in result.tests:
                self._count(student, result, test)
                if test.ratio is not None and test.limit:
                    slow.append(Slow(student, result, test, test.ratio / test.limit))
        self.slowest = sorted([*self.slowest, *slow], key=lambda item: -item.load)[: self.most]
        seconds = sum(result.seconds for result in one.results)
        if seconds > 0:
            self.longest = sorted([*self.longest, (student, seconds)], key=lambda pair: -pair[1])[: self.most]

    def _count(self, student: str, result: ExerciseResult, test: TestResult) -> None:
        exercise = (result.week, result.exercise)
        rates = self._rates.setdefault(exercise, {})
        rate = rates.setdefault((test.hidden, test.name), Rate(test.sentence, test.hidden, exercise))
        if not result.begun:
            rate.not_begun += 1
            return
        rate.counts[test.verdict] += 1
        if test.verdict is Verdict.FAILED:
            rate.failed.append(student)
        if test.mistake is not None and test.help is not None:
            new = Spotted(exercise, test.mistake, test.help, [])
            mistake = self._spotted.setdefault((*exercise, test.mistake), new)
            if student not in mistake.students[-1:]:
                mistake.students.append(student)

    @property
    def rates(self) -> dict[tuple[str, str], list[Rate]]:
        """Each exercise's tests with how often they passed, the hardest first."""
        return {
            key: sorted(tests.values(), key=lambda rate: rate.share(Verdict.PASSED))
            for key, tests in self._rates.items()
        }

    def hardest(self, most: int) -> list[Rate]:
        """The tests, over all exercises, that the most students failed who had begun."""
        rates = [rate for tests in self._rates.values() for rate in tests.values() if rate.hidden and rate.failed]
        return sorted(rates, key=lambda rate: -len(rate.failed))[:most]

    @property
    def spotted(self) -> list[Spotted]:
        """The known mistakes that were recognised, the most frequent first; a student counts once."""
        return sorted(self._spotted.values(), key=lambda mistake: -len(mistake.students))


def spread(shares: list[float]) -> list[int]:
    """Count shares from 0 to 1 in equal bins; a full score belongs to the last."""
    counts = Counter(min(BINS - 1, max(0, int(share * BINS + 1e-9))) for share in shares)
    return [counts[place] for place in range(BINS)]

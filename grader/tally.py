"""The tally of a class: what its results add up to.

Only what was judged is counted: a test that the grader itself broke, or could not measure, neither passed nor failed.
Knows nothing of pages or of languages.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable

from grader.classroom import Graded
from grader.outcomes import ExerciseResult, Sentence, TestResult, Verdict

BINS = 10
COUNTED = (Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED)


@dataclasses.dataclass
class Rate:
    """How often one test passed."""

    sentence: Sentence
    hidden: bool
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
    ratio: float
    limit: float

    @property
    def load(self) -> float:
        """The time as a share of what is allowed."""
        return self.ratio / self.limit


def tests_of(graded: list[Graded]) -> Iterable[tuple[Graded, ExerciseResult, TestResult]]:
    """Walk through every test of everybody."""
    return ((one, result, test) for one in graded for result in one.results for test in result.tests)


def spread(shares: list[float]) -> list[int]:
    """Count shares from 0 to 1 in equal bins; a full score belongs to the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
    return counts


def middle(shares: list[float]) -> float:
    return statistics.median(shares) if shares else 0.0


def rates(graded: list[Graded]) -> dict[tuple[str, str], list[Rate]]:
    """Return each exercise's tests with how often they passed, the hardest first."""
    found: dict[tuple[str, str], dict[tuple[bool, str], Rate]] = {}
    for _, result, test in tests_of(graded):
        tests = found.setdefault((result.week, result.exercise), {})
        key = (test.hidden, test.name)
        if key not in tests:
            tests[key] = Rate(test.sentence, test.hidden)
        tests[key].counts[test.verdict] += 1
    return {key: sorted(tests.values(), key=lambda rate: rate.share(Verdict.PASSED)) for key, tests in found.items()}


def spotted(graded: list[Graded]) -> list[Spotted]:
    """Return the known mistakes that were recognised, the most frequent first; a student counts once."""
    found: dict[tuple[str, str, str], Spotted] = {}
    for one, result, test in tests_of(graded):
        if test.mistake is None or test.help is None:
            continue
        exercise = (result.week, result.exercise)
        mistake = found.setdefault((*exercise, test.mistake), Spotted(exercise, test.mistake, test.help, []))
        if one.submission.student not in mistake.students[-1:]:
            mistake.students.append(one.submission.student)
    return sorted(found.values(), key=lambda mistake: -len(mistake.students))


def slowest(graded: list[Graded], most: int) -> list[Slow]:
    """Return who came closest to a speed limit, or went furthest beyond it."""
    measured = [
        Slow(one.submission.student, result, test, test.ratio, test.limit)
        for one, result, test in tests_of(graded)
        if test.ratio is not None and test.limit
    ]
    return sorted(measured, key=lambda slow: -slow.load)[:most]


def longest(graded: list[Graded], most: int) -> list[tuple[Graded, float]]:
    """Return whose judging took longest, with the seconds it took."""
    times = [(one, sum(result.seconds for result in one.results)) for one in graded]
    return sorted((pair for pair in times if pair[1] > 0), key=lambda pair: -pair[1])[:most]

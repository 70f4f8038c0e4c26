"""What came out of judging: verdicts, findings, results."""

from __future__ import annotations

import enum

import msgspec

USAGE, AT_FAULT = 2, 3
"""Exit codes: wrong usage or unusable input; the grader itself failed."""
Sentence = dict[str, str]
"""One sentence in every language: {"en": …, "zh": …}."""


class Verdict(enum.Enum):
    """Whose doing it is. FAILED earns no points, and neither does SKIPPED, since what it depends on has failed."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    """The student's answer is wrong."""
    SKIPPED = "SKIPPED"
    """An earlier test that it depends on did not pass."""
    BROKEN = "BROKEN"
    """The grader's own fault: reported, never counted against the student."""
    UNMEASURED = "UNMEASURED"
    """A speed test on a machine too busy to judge: run it again."""


class Finding(msgspec.Struct, frozen=True):
    """One fact about an answer: the key of a sentence in messages.toml and the values that fill it.

    A finding that a suite words itself has the key "claim" and carries its sentence.
    """

    key: str
    values: dict[str, str] = {}
    sentence: Sentence | None = None
    worded: dict[str, Sentence] = {}
    """Values that are sentences themselves, in every language."""


class Named(msgspec.Struct, frozen=True):
    """The known mistake behind a wrong answer."""

    mistake: str | None
    help: Sentence


class TestResult(msgspec.Struct):
    """The result of one test of one exercise."""

    name: str
    sentence: Sentence
    verdict: Verdict
    points: float = 0
    max_points: float = 0
    hidden: bool = True
    findings: list[Finding] = []
    mistake: str | None = None
    help: Sentence | None = None
    traceback: str = ""
    """The student's own traceback, or for BROKEN the grader's; never the engine's for a student."""
    printed: str = ""
    ratio: float | None = None
    limit: float | None = None
    seconds: float = 0
    fixtures: list[str] = []
    caught: list[str] = []
    """Acts against the box that were refused and reported by the kernel."""
    number: int = 0
    """Its place among the exercise's tests, from 1: `TEST=7` runs the seventh alone."""
    sketch: str = ""
    """What the answers of a failed test look like, for a release's fingerprints; only when a task asks for it."""

    __test__ = False  # pytest: not a test class

    @property
    def key(self) -> str:
        """The test's name; an example and a hidden test may share one."""
        return self.name if self.hidden else f"example/{self.name}"

    @property
    def says(self) -> str:
        """The key of what it says first."""
        return self.findings[0].key if self.findings else ""

    def take(self, named: Named) -> None:
        self.mistake, self.help = named.mistake, named.help


NOT_BEGUN = {"not_written", "not_changed"}
UNLOADED = {"not_utf8", "syntax", "import_error", "not_loaded"}


class ExerciseResult(msgspec.Struct):
    """The results of all tests of one exercise."""

    week: str
    exercise: str
    tests: list[TestResult] = []
    device: str = "cpu"
    layers: dict[str, bool] = {}
    """The layers of the box by name, active or not."""
    seconds: float = 0
    broken: str = ""
    """Set when the grader failed before any test could be judged."""
    given: float | None = None
    """The score that a person gave in its place."""
    kept: str = ""
    """Why this run could not judge and an earlier run's result stands here."""
    explained: dict[str, list[str]] = {}
    """While a proof is made: all known mistakes that give the answers to each failed test, by key."""
    file: str = ""
    """The learner's file that was judged, relative to the course: a module or a notebook."""
    notes: list[Finding] = []
    """Which of several files counts and why, what of it was left out."""
    signs: list[str] = []
    """What in the source a person should look at; of a locked run only."""
    built_on: list[str] = []
    """The learner's other exercises of the week that this one imports: what is wrong there shows here too."""

    @property
    def score(self) -> float:
        return sum(test.points for test in self.tests) if self.given is None else self.given

    @property
    def max_score(self) -> float:
        return sum(test.max_points for test in self.tests)

    @property
    def passed(self) -> bool:
        return bool(self.tests) and not self.broken and all(test.verdict is Verdict.PASSED for test in self.tests)

    @property
    def at_fault(self) -> bool:
        """Whether the grader itself failed."""
        return bool(self.broken) or any(test.verdict is Verdict.BROKEN for test in self.tests)

    @property
    def certain(self) -> bool:
        """Whether the score is known: the grader did not fail, and every speed could be measured."""
        return self.given is not None or self.judged

    @property
    def judged(self) -> bool:
        return not self.at_fault and all(test.verdict is not Verdict.UNMEASURED for test in self.tests)

    @property
    def fault(self) -> str:
        """In a line, what kept the score from being known; "" where nothing did."""
        if self.kept or self.broken:
            return (self.kept or self.broken).strip().rpartition("\n")[2]
        unsure = [test for test in self.tests if test.verdict in (Verdict.BROKEN, Verdict.UNMEASURED)]
        causes = (
            f"{test.name}: {test.traceback.strip().rpartition(chr(10))[2] or test.verdict.value}" for test in unsure
        )
        return "; ".join(causes)

    @property
    def untouched(self) -> bool:
        """Whether every test that ran met an exercise as it was given."""
        return self._all_met(NOT_BEGUN)

    @property
    def missing(self) -> bool:
        """Whether there was no file at all."""
        return self._all_met({"missing_module"})

    @property
    def unloaded(self) -> bool:
        """Whether there is a file that Python could not load."""
        return self._all_met(UNLOADED)

    @property
    def begun(self) -> bool:
        return not (self.untouched or self.missing)

    def _all_met(self, keys: set[str]) -> bool:
        judged = [test for test in self.tests if test.verdict is not Verdict.SKIPPED]
        return bool(judged) and all(test.says in keys for test in judged)


def exit_code(results: list[ExerciseResult]) -> int:
    """Return 0 when all passed, 1 when something failed, 3 when the grader itself is at fault."""
    if any(result.at_fault for result in results):
        return AT_FAULT
    return 0 if all(result.passed for result in results) else 1

"""What stands in a learner's way, each cause once: the tests that failed, grouped by the mistake behind them.

One rule for terminal, watch, notebook and feedback page.
"""

from __future__ import annotations

import msgspec

from grader.course.markers import unwritten
from grader.messages import render
from grader.outcomes import TestResult, Verdict

MOST_OTHERS = 3
"""Failures without a known mistake that are shown; the known mistakes are all shown."""
OF_THE_FILE = ("syntax", "not_utf8", "import_error", "not_loaded", "missing_module", "missing_name", "forbidden_line")
"""Findings that every test has in common which meets them."""
STUCK = ("timeout_at", "endless_loop")
MOST_TELLING = ("elements", "number", "value", "value_at", "text", "text_at", "elements_exact", "number_at")
"""Findings that show a value, from which a learner sees most."""


class Group(msgspec.Struct):
    """One cause: its most telling test, and the others that fail for it."""

    test: TestResult
    also: list[TestResult] = []

    @property
    def to_write(self) -> bool:
        """Whether it is no fault yet: a function that is still to be written."""
        return self.test.says == "not_written"

    @property
    def to_mend(self) -> bool:
        """Whether it is the learner's to mend: a speed that was not measured is not, nor is our own fault."""
        return self.test.verdict is Verdict.FAILED and not self.to_write


def groups(tests: list[TestResult]) -> list[Group]:
    """Return the causes of all that failed: known mistakes first, what is not written yet last."""
    found: dict[object, list[TestResult]] = {}
    for test in tests:
        if test.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            found.setdefault(_cause(test), []).append(test)
    made = []
    for together in found.values():
        best = min(together, key=_preference)
        made.append(Group(best, [test for test in together if test is not best]))
    return sorted(made, key=lambda group: _rank(group.test))


def shown(found: list[Group]) -> tuple[list[Group], int]:
    """Return the groups that a short report shows, and how many more there are."""
    found = [group for group in found if not group.to_write]
    others = [group for group in found if not group.test.help]
    kept = [group for group in found if group.test.help or group in others[:MOST_OTHERS]]
    return kept, len(found) - len(kept)


def to_write(found: list[Group]) -> list[str]:
    """Return what is still to be written, by name."""
    messages = (group.test.findings[0].values.get("message", "") for group in found if group.to_write)
    return [unwritten(message) or message for message in messages]


def _cause(test: TestResult) -> object:
    """What two tests share that fail for one reason; without a diagnosis every test stands for itself."""
    if test.help:
        return ("mistake", test.help["en"])
    if test.verdict is not Verdict.FAILED:
        return (test.verdict, test.traceback)
    for first in test.findings[:1]:
        if first.key in OF_THE_FILE:
            return ("file", first.key, render(first, "en"))
        if first.key == "not_written":
            return ("not written", first.values.get("message", ""))
        if first.key in STUCK:
            return ("stuck", first.values.get("file"), first.values.get("line"))
        if test.traceback:  # the same error in the same line
            return ("raised", render(first, "en"), test.traceback)
    return ("claim", test.sentence["en"])  # a visible example and its hidden twin


def _preference(test: TestResult) -> tuple[int, bool, int]:
    """The lower the better: a value says more than a shape, a visible example more than a hidden test."""
    call = test.findings[-1].values.get("call", "") if test.findings else ""
    return (test.says not in MOST_TELLING, test.hidden, len(call))


def _rank(test: TestResult) -> int:
    if test.says in OF_THE_FILE:
        return 0
    if test.help:
        return 1
    if test.verdict is not Verdict.FAILED:
        return 3
    return 4 if test.says == "not_written" else 2

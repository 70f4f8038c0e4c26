"""The pytest plugin: fixtures and marks of suites, and verdicts instead of passes and failures.

In a judge it reports every TestResult to a listener; a suite that somebody runs by hand gets pytest's own report
(grader.judge.by_hand).
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from grader.course.weeks import WEEK_NAME
from grader.messages import bilingual, render
from grader.outcomes import Finding, Sentence, TestResult, Verdict

if TYPE_CHECKING:
    from grader.answers.faults import StudentFault
    from grader.judge.attempt import Attempt

ATTEMPTS = pytest.StashKey[Any]()
LISTENER = pytest.StashKey[Callable[[TestResult], Any]]()
NOW = pytest.StashKey[pytest.Item]()
"""The item that is being run."""
BLANK = pytest.StashKey[TestResult]()
TRIED = pytest.StashKey[bool]()
"""Whether the item is tried for the second time, where there may be two."""
NUMBER = pytest.StashKey[int]()
"""An item's place in its exercise, from 1."""
VERDICTS = pytest.StashKey[dict[tuple[Path, str], Verdict]]()
MAX_BROKEN = 3_000
UNCALLED = (
    *("not_written", "missing_name", "missing_module", "syntax", "not_utf8", "import_error", "not_loaded"),
    *("forbidden", "forbidden_line", "closed_source"),
)
"""Findings that no input of a call has to do with."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "points(number): what the test is worth")
    config.addinivalue_line("markers", "claims(part, ...): the sentences of the contract that the test holds")
    config.addinivalue_line("markers", "after(name): skipped when that test of the same file did not pass")
    verdicts: dict[tuple[Path, str], Verdict] = {}
    config.stash[VERDICTS] = verdicts


def attempt_of(item: pytest.Item) -> Attempt:
    """What judges the item's submission, as whoever runs pytest provides it."""
    attempt: Attempt = item.config.stash[ATTEMPTS](item)
    return attempt


def _judged(item: pytest.Item) -> bool:
    """Whether the item stands in a week's folder and asks for one of our fixtures."""
    return bool(WEEK_NAME.fullmatch(item.path.parent.name) and GIVEN.keys() & getattr(item, "fixturenames", ()))


GIVEN: dict[str, Callable[[Attempt, pytest.Item], Any]] = {
    "student": lambda attempt, item: attempt.student,  # the student's module, in a process of its own
    "reference": lambda attempt, item: attempt.key.reference,  # the solution, in this process
    "rng": lambda attempt, item: attempt.rng(item.name),  # seeded randomness on the suite's device
    "device": lambda attempt, item: attempt.device,  # the suite's torch device
    "candidates": lambda attempt, item: attempt.candidates,  # right and wrong answers for a learner's own test
    "speed": lambda attempt, item: attempt.speed,  # compares the student's time with the reference's
    "memory": lambda attempt, item: attempt.memory,  # compares the student's peak memory with the reference's
}
"""What a test can ask for, by the names of its arguments."""
ODD_ANSWER = (
    *(AssertionError, TypeError, AttributeError, ValueError, LookupError, ArithmeticError, MemoryError, RuntimeError),
)
"""What looking at an odd answer can raise."""
END = (KeyboardInterrupt, pytest.exit.Exception)
"""What ends a whole run, as with pytest."""


def _fixture(name: str) -> Any:
    def given(pytestconfig: pytest.Config) -> Any:  # asks for no `request`, which pytest would make anew each time
        item = pytestconfig.stash[NOW]
        return GIVEN[name](attempt_of(item), item)

    return pytest.fixture(name=name)(given)


student, reference, rng, device, candidates, speed, memory = map(_fixture, GIVEN)


def is_plain(item: pytest.Item) -> bool:
    """Whether the test is a function that asks for nothing but our fixtures and bears no marks but ours."""
    if not isinstance(item, pytest.Function) or item.cls is not None or not _judged(item):
        return False
    needed = {*item.fixturenames} - {"pytestconfig", "request"}  # for which our fixtures ask
    if not {*inspect.signature(item.obj).parameters, *needed} <= GIVEN.keys():
        return False
    ours = all(len(item._fixtureinfo.name2fixturedefs[name]) == 1 for name in needed)  # no suite has one of that name
    return ours and {mark.name for mark in item.iter_markers()} <= {"points", "after", "claims"}


def run_plainly(item: pytest.Item) -> None:
    """Judge a plain test without pytest's own protocol around it.

    With pytest's a judge takes 1.2 times the CPU time for the 29 tests of week 05's attention (90 ms for 76).
    """
    assert isinstance(item, pytest.Function)
    result = _run(item)
    if _deserves_second_try(item):
        with attempt_of(item).second_try():
            result = _run(item)
    _report(item, result)


def run_by_pytest(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Judge a test with fixtures of its suite's own by pytest's protocol."""
    item.stash[TRIED] = False
    runtestprotocol(item, nextitem=nextitem)
    if _deserves_second_try(item):
        item.stash[TRIED] = True
        with attempt_of(item).second_try():
            runtestprotocol(item, nextitem=nextitem)


def _deserves_second_try(item: pytest.Item) -> bool:
    """Whether the test failed by a time-out that may be the machine's doing; what is timed runs alone already."""
    return attempt_of(item).time_out_in_doubt and "speed" not in getattr(item, "fixturenames", ())


def _run(item: pytest.Function) -> TestResult:
    def setup() -> None:
        _begin(item)
        for name in GIVEN.keys() & item.fixturenames:
            item.funcargs[name] = GIVEN[name](attempt_of(item), item)

    call = pytest.CallInfo.from_call(setup, "setup", END)
    if call.excinfo is None:
        call = pytest.CallInfo.from_call(item.runtest, "call", END)
    result = judge_item(item, call)
    item.funcargs = {}
    return result


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _judged(item):
        _begin(item)


def _begin(item: pytest.Item) -> None:
    """Begin a test, unless it stands after one that did not pass."""
    item.config.stash[NOW] = item
    attempt = attempt_of(item)
    attempt.measured = None
    mark = item.get_closest_marker("after")
    verdicts = item.config.stash[VERDICTS]
    attempt.begin(item.name)  # also a test that is skipped: what the one before met is not its own
    if mark and not attempt.task.independent and verdicts.get((item.path, mark.args[0])) is not Verdict.PASSED:
        pytest.skip(_by_name_and_number(item, mark.args[0]))


def _by_name_and_number(item: pytest.Item, name: str) -> str:
    """Another test of the same file, as reports show it; one with parameters is several, and has no number."""
    numbers = (one.stash.get(NUMBER, 0) for one in item.session.items if (one.path, one.name) == (item.path, name))
    number = next(numbers, 0)
    return f"{name} (TEST={number})" if number else name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    final = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
    if not _judged(item) or not final:
        return report
    result = judge_item(item, call)
    if not item.stash.get(TRIED, True) and _deserves_second_try(item):  # the second try counts
        return report
    if not _report(item, result) and report.failed and result.verdict is not Verdict.BROKEN:
        if named := attempt_of(item).named().get(result.key):
            result.take(named)
        report.longrepr = _as_text(result)
    return report


def _report(item: pytest.Item, result: TestResult) -> bool:
    """Note the result for tests that stand after this one and tell the listener, where there is one."""
    verdicts = item.config.stash[VERDICTS]
    key = (item.path, getattr(item, "originalname", item.name))
    if verdicts.get(key, Verdict.PASSED) is Verdict.PASSED:
        verdicts[key] = result.verdict
    if LISTENER not in item.config.stash:
        return False
    item.config.stash[LISTENER](result)
    return True


def judge_item(item: pytest.Item, call: pytest.CallInfo[None]) -> TestResult:
    """Turn what happened in a test into a result."""
    from grader.answers.timing import TooSlow

    attempt = attempt_of(item)
    error = call.excinfo.value if call.excinfo else None
    if BLANK not in item.stash:
        item.stash[BLANK] = _blank(item, attempt)
    result = copy.copy(item.stash[BLANK])
    result.seconds = call.duration
    if error is not None:
        _blame(item, attempt, error, result)
    with contextlib.suppress(Exception):  # help comes after the verdict, and what goes wrong there changes nothing
        answered = not isinstance(error, TooSlow)
        attempt.note(result, answered)
        if result.verdict is Verdict.FAILED and answered:
            result.sketch = attempt.sketch()
    if attempt.measured:
        result.ratio, result.limit = attempt.measured.ratio, attempt.measured.limit
    if result.verdict is Verdict.PASSED:
        result.points = result.max_points
    elif result.verdict in (Verdict.BROKEN, Verdict.UNMEASURED):
        result.max_points = 0  # nothing was judged, so nothing is counted
    result.printed = attempt.session.take_printed()
    return _printable(result)


def _blank(item: pytest.Item, attempt: Attempt) -> TestResult:
    """What is the same in the results of a test whoever is judged."""
    fixtures = sorted(GIVEN.keys() & getattr(item, "fixturenames", ()))
    hidden = item.path == attempt.key.week.suite(attempt.key.name)
    blank = TestResult(item.name, sentence_of(item), Verdict.PASSED, max_points=points_of(item), hidden=hidden)
    blank.fixtures, blank.number = fixtures, item.stash.get(NUMBER, 0)
    return blank


def _printable(result: TestResult) -> TestResult:
    """Replace what no file can hold, such as half a surrogate pair, in text that comes from a box."""

    def whole(text: str) -> str:
        return text.encode("utf-8", "replace").decode("utf-8")

    result.findings = [
        Finding(finding.key, {name: whole(value) for name, value in finding.values.items()}, finding.sentence)
        for finding in result.findings
    ]
    result.traceback = whole(result.traceback)
    return result


def _blame(item: pytest.Item, attempt: Attempt, error: BaseException, result: TestResult) -> None:
    """Fill in whose doing the error is, and what it says."""
    from grader.answers.compare import Mismatch
    from grader.answers.faults import StudentFault
    from grader.answers.timing import TooSlow, Unmeasured
    from grader.box.link import BoxNotMade

    result.verdict = Verdict.FAILED
    if isinstance(error, pytest.skip.Exception):
        result.verdict, result.findings = Verdict.SKIPPED, [Finding("skipped", {"test": str(error)})]
    elif isinstance(error, Unmeasured):
        result.verdict, result.findings = Verdict.UNMEASURED, [Finding("unmeasured")]
    elif isinstance(error, Mismatch):
        result.findings = [error.finding, *error.more]
    elif isinstance(error, StudentFault):
        _blame_the_box(attempt, error, result)
    elif isinstance(error, BoxNotMade) or not _students_doing(item, attempt, error):
        result.verdict, result.findings, attempt.unfit = Verdict.BROKEN, [Finding("broken")], True
        result.traceback = "".join(traceback.format_exception(error))[-MAX_BROKEN:]
    else:
        _blame_the_answer(attempt, error, result)
    if result.verdict is Verdict.FAILED and not isinstance(error, TooSlow) and result.findings[0].key not in UNCALLED:
        place = result.findings[0].values.get("place", "")
        _add_help(result, lambda: attempt.describe(getattr(error, "subject", None), place))


def _blame_the_box(attempt: Attempt, fault: StudentFault, result: TestResult) -> None:
    """Fill in what the student's code raised, or how its box ended."""
    from grader.answers.faults import TIME_OUTS

    key = fault.finding.key
    result.findings, result.traceback = [fault.finding], fault.traceback
    attempt.budget.time_outs += key in TIME_OUTS
    attempt.unfit = attempt.unfit or fault.fatal
    if key == "not_again":
        result.verdict = Verdict.SKIPPED
    if key == "died_refused_call":  # the kernel's word, not the box's
        result.caught = [key]


def _blame_the_answer(attempt: Attempt, error: BaseException, result: TestResult) -> None:
    """Fill in that an answer made the test itself raise."""
    attempt.unfit = True
    key = "claim_fails" if isinstance(error, AssertionError) else "unusable"
    result.findings = [Finding(key, {"problem": f"{type(error).__name__}: {error}"[:300]})]
    if key == "claim_fails":
        _add_help(result, attempt.returned)


def _add_help(result: TestResult, find: Callable[[], Finding | None]) -> None:
    """Add what helps to understand a failure: it comes after the verdict, and what goes wrong there changes nothing."""
    with contextlib.suppress(Exception):
        found = find()
        result.findings += [found] if found else []


def _students_doing(item: pytest.Item, attempt: Attempt, error: BaseException) -> bool:
    """Whether an unforeseen error comes from the student's answer: with the reference's the test does not raise it."""
    if not isinstance(error, Exception | pytest.fail.Exception):  # the latter: our guard against a judge that hangs
        return False
    assert isinstance(item, pytest.Function)
    function, names = item.obj, inspect.signature(item.obj).parameters.keys()
    if not names <= item.funcargs.keys():
        return False  # the test was not even called
    if attempt.key.source is None:
        return True
    arguments = {name: item.funcargs[name] for name in names}
    if "speed" in arguments or "memory" in arguments:  # never the time that a busy machine took
        return isinstance(error, ODD_ANSWER)
    arguments.update(student=attempt.key.reference)
    if "rng" in arguments:
        arguments["rng"] = attempt.rng(item.name)
    with contextlib.suppress(Exception):
        function(**arguments)
        return True
    return False


def sentence_of(item: pytest.Item) -> Sentence:
    """The docstring in both languages; what has none is told by its name."""
    said = bilingual(inspect.getdoc(getattr(item, "obj", None)) or item.name)
    return said if said["zh"] else {"en": said["en"], "zh": said["en"]}


def points_of(item: pytest.Item) -> float:
    mark = item.get_closest_marker("points")
    return float(mark.args[0]) if mark else 0.0


def _as_text(result: TestResult) -> str:
    lines = [render(finding, "en") for finding in result.findings]
    lines += [result.traceback] if result.traceback else []
    lines += [f"help: {result.help['en']}"] if result.help else []
    lines += [f"printed:\n{result.printed}"] if result.printed else []
    return "\n".join(lines)

"""The first week of the toy course, one exercise, written into a folder: what most of the engine's tests judge."""

import contextlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box.launch import BoxFactory
from grader.box.limits import BoxSettings
from grader.course.weeks import Course
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.outcomes import ExerciseResult, TestResult

TOY = Path(__file__).parent / "toy_course"
FILES = {
    "toml": "exercises/week01_tiny/week.toml",
    "solution": "solutions/week01_tiny/tiny.py",
    "suite": "grader/suites/week01_tiny/test_tiny.py",
    "mistakes": "grader/misconceptions/week01_tiny/tiny.py",
}
WEEK_TOML, SOLUTION, SUITE, MISTAKES = ((TOY / name).read_text(encoding="utf-8") for name in FILES.values())


def build(root: Path, **changed: str) -> Course:
    """Write the course under `root`; `changed` replaces the text of: toml, solution, suite, mistakes."""
    for what, name in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = changed.get(what) or (TOY / name).read_text(encoding="utf-8")
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    return Course(root)


def answers(code: str) -> bytes:
    """The solution with `code` after it: later definitions win."""
    return (SOLUTION + "\n\n" + textwrap.dedent(code)).encode()


def judge(engine: Engine, course: Course, source: bytes, **settings: object) -> ExerciseResult:
    """Judge one submission of the tiny exercise."""
    week = course.week("1")
    task = Task(week, week.exercises[0], {"tiny.py": source}, **settings)  # type: ignore[arg-type]
    return judge_all(engine, [task], 1)[0]


def by_name(result: ExerciseResult) -> dict[str, TestResult]:
    assert not result.broken, result.broken
    return {test.name: test for test in result.tests}


@contextlib.contextmanager
def boxed(factory: BoxFactory, source: bytes, locked: bool = False) -> Iterator[Student]:
    """A module in a box of its own."""
    with contextlib.closing(
        Session(lambda: factory.open_box(BoxSettings(locked)), Module("here", {"here.py": source}))
    ) as session:
        yield Student(session)


def forget_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suites of other tiny courses, which another test has had judged in this very process."""
    for name in [name for name in sys.modules if "week01_tiny" in name]:
        monkeypatch.delitem(sys.modules, name)

"""A course of one week and one exercise, written into a folder: what the engine's tests judge."""

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

WEEK_TOML = """
title = { en = "Tiny", zh = "微型" }
summary = { en = "Nothing much.", zh = "没有什么。" }
stage = 1

[[exercise]]
name = "tiny"
title = { en = "Tiny", zh = "微型" }
writes = ["double", "Counter"]
difficulty = 1
importance = 1
minutes = 1
prerequisites = { en = "None.", zh = "无。" }
forbidden = ["torch.nn.functional.softmax"]
seconds = 2
memory_mb = 512
hints = [{ en = "a", zh = "甲" }, { en = "b", zh = "乙" }, { en = "c", zh = "丙" }]
"""

SOLUTION = '''
"""A tiny exercise."""

import torch


def double(x):
    """Return twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


class Counter:
    """Adds up what it is given."""

    def __init__(self, start=0):
        """Begin at start."""
        # BEGIN SOLUTION
        self.total = start
        # END SOLUTION

    def add(self, amount):
        """Add and return the total."""
        # BEGIN SOLUTION
        self.total = self.total + amount
        return self.total
        # END SOLUTION
'''

SUITE = '''
"""Hidden suite of the tiny exercise."""

from grader.suite import after, assert_raises, assert_same, attribute, points, unchanged


@points(10)
def test_doubles(student, reference, rng):
    """Every element is doubled.

    每个元素都翻倍。
    """
    x = rng.normal(2, 3)

    assert_same(unchanged(student.double, x), reference.double(x))


@points(5)
@after("test_doubles")
def test_doubles_a_view(student, rng):
    """A transposed view is doubled too.

    转置视图也翻倍。
    """
    x = rng.normal(2, 3).T

    assert_same(student.double(x), 2 * x)


@points(5)
def test_counts(student):
    """A counter remembers its total.

    计数器记住总数。
    """
    counter = student.Counter(3)
    counter.add(4)

    assert_same(counter.add(5), 12)
    assert_same(attribute(counter, "total"), 12)
'''

MISTAKES = '''
"""Known mistakes of the tiny exercise."""

import tiny as solution
from grader.mistakes import mistake


@mistake(of="double", en="Your answer equals the square.", zh="你的结果等于平方。")
def squares(x):
    return x * x


@mistake(of="double", en="Your answer equals x plus 2.", zh="你的结果等于 x 加 2。")
def adds_two(x):
    return x + 2


@mistake(of="Counter", en="Your counter forgets where it began.", zh="你的计数器忘记了起点。")
class forgets_the_start(solution.Counter):
    def __init__(self, start=0):
        super().__init__(0)


@mistake(of="Counter", en="Your counter keeps only the last amount.", zh="你的计数器只保留最后一次的数。")
class keeps_the_last(solution.Counter):
    def add(self, amount):
        self.total = amount
        return amount
'''


def build(root: Path, **changed: str) -> Course:
    """Write the course under `root`; `changed` replaces the text of: toml, solution, suite, mistakes."""
    files = {
        "exercises/week01_tiny/week.toml": changed.get("toml", WEEK_TOML),
        "solutions/week01_tiny/tiny.py": changed.get("solution", SOLUTION),
        "grader/suites/week01_tiny/test_tiny.py": changed.get("suite", SUITE),
        "grader/misconceptions/week01_tiny/tiny.py": changed.get("mistakes", MISTAKES),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
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

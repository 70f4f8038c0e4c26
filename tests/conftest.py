"""What the repository's own tests share: one warm process, and our own modules by name."""

import types
from collections.abc import Callable, Iterator

import pytest

from grader.course import Course, default_root
from grader.engine import Engine
from grader.judge.shelf import Shelf


@pytest.fixture(scope="session")
def course() -> Course:
    """The course of this repository."""
    return Course(default_root())


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One warm process for all tests that judge."""
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def solution(course: Course) -> Callable[[str, str], types.ModuleType]:
    """Load a solution: solution("week05_attention", "attention")."""

    def load(week: str, exercise: str) -> types.ModuleType:
        return Shelf(course, week, exercise).solution

    return load

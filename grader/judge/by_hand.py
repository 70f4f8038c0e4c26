"""A suite that somebody runs with plain pytest: `pytest grader/suites/week05_attention [--from DIR]`.

One warm process for all, one attempt for each exercise.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.judge import plugin

if TYPE_CHECKING:
    from grader.box.launch import BoxFactory
    from grader.judge.attempt import Attempt

pytest_plugins = [plugin.__name__]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("judge")
    group.addoption(
        "--from", dest="judge_from", default="exercises", help="folder of submissions, as weekNN_topic/*.py"
    )
    group.addoption("--device", dest="judge_device", default="cpu", help="the suites' torch device")


def pytest_configure(config: pytest.Config) -> None:
    attempts = Attempts(config.getoption("judge_from"), config.getoption("judge_device"))
    config.stash[plugin.ATTEMPTS] = attempts
    config.add_cleanup(attempts.close)


class Attempts:
    """Called with an item, gives the attempt of the item's exercise."""

    def __init__(self, submissions: str, device: str) -> None:
        self.submissions = Path(submissions)
        self.device = device
        self.ending = contextlib.ExitStack()
        self.attempts: dict[Path, Attempt] = {}

    def __call__(self, item: pytest.Item) -> Attempt:
        if item.path not in self.attempts:
            self.attempts[item.path] = self._make(item.path)
        return self.attempts[item.path]

    def _make(self, path: Path) -> Attempt:
        from grader.course.weeks import Course, default_root  # most runs of pytest judge nothing
        from grader.judge.answer_key import AnswerKey
        from grader.judge.attempt import Attempt
        from grader.judge.coordinator import submission
        from grader.judge.protocol import Task

        week = Course(default_root()).week(path.parent.name)
        exercise = week.exercise(path.stem.removeprefix("test_"))
        files = submission(week, exercise, self.submissions / week.name)
        return Attempt(AnswerKey(week, exercise), self.factory, Task(week, exercise, files, self.device))

    @functools.cached_property
    def factory(self) -> BoxFactory:
        from grader.box.launch import ForkFactory, SpawnFactory
        from grader.judge.coordinator import CAN_FORK, Engine

        return ForkFactory(self.ending.enter_context(Engine()).link) if CAN_FORK else SpawnFactory()

    def close(self) -> None:
        for attempt in self.attempts.values():
            attempt.close()
        self.ending.close()

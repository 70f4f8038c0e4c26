"""Desks for a suite that somebody runs with plain pytest: one warm process, one desk for each exercise.

Knows nothing of reports.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.box.limits import BoxSettings
from grader.course import Course, default_root
from grader.engine import open_nursery, submission
from grader.judge.desk import Desk
from grader.judge.orders import Job
from grader.judge.shelf import Shelf


class Desks:
    """Called with an item, gives the desk of the item's exercise."""

    def __init__(self, submissions: str, device: str) -> None:
        self.submissions = Path(submissions)
        self.device = device
        self.nursery = open_nursery()
        self.desks: dict[Path, Desk] = {}

    def __call__(self, item: pytest.Item) -> Desk:
        if item.path not in self.desks:
            self.desks[item.path] = self._make(item.path)
        return self.desks[item.path]

    def _make(self, path: Path) -> Desk:
        shelf = Shelf(Course(default_root()), path.parent.name, path.stem.removeprefix("test_"))
        folder = self.submissions / shelf.week.name
        files = submission(shelf.week, shelf.exercise, folder)
        settings = BoxSettings(memory_mb=shelf.exercise.memory_mb, device=self.device)
        return Desk(shelf, self.nursery, Job(files, settings), self.device)

    def close(self) -> None:
        for desk in self.desks.values():
            desk.close()
        self.nursery.close()

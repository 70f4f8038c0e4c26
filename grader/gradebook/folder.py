"""A course directory of nbgrader: its configuration, its paths, its gradebook, and what lateness costs there."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment  # type: ignore[import-untyped, unused-ignore]
from nbgrader.coursedir import CourseDirectory  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import AssignLatePenalties  # type: ignore[import-untyped, unused-ignore]
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.course import inventory
from grader.course.weeks import Week
from grader.errors import UserError

CONFIG = "nbgrader_config.py"


class CourseFolder:
    """A course directory and its gradebook."""

    def __init__(self, root: Path, lang: str) -> None:
        self.root = root.resolve()
        self.lang = lang
        self.config: Any = Config()
        if (self.root / CONFIG).is_file():
            self.config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.coursedir: Any = CourseDirectory(config=self.config)

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Open the gradebook; a new one asks alembic for its version, which stands beside our own interpreter.

        Raises:
            UserError: the database is locked, damaged or no gradebook.
        """
        here, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
        if here not in path.split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, path])
        path = str(self.coursedir.db_url).removeprefix("sqlite:///")
        try:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gb:
                yield gb
        except SQLAlchemyError as error:
            problem = getattr(error, "orig", None) or str(error).partition("\n")[0]
            raise UserError("course_db", path=path, problem=problem) from error

    def path(self, step: str, student: str, week: str) -> Path:
        return Path(self.coursedir.format_path(step, student, week))

    def run(self, converter: Any, week: str) -> None:
        """Run one of nbgrader's converters, as its command does, over everything that there is of a week."""
        self.coursedir.assignment_id, self.coursedir.student_id = week, "*"
        running = converter(coursedir=self.coursedir, config=self.config)
        running.log.setLevel(logging.ERROR)
        running.force = True
        running.start()

    def built(self, weeks: list[Week]) -> list[Week]:
        """Return the weeks that have been built."""
        if not (self.root / CONFIG).is_file():  # to open a gradebook elsewhere would make one
            return []
        with self.gradebook() as gb:
            return [week for week in weeks if notebook_row(gb, week.name)]


def expect_points(gb: Any, week: Week, root: Path) -> None:
    """Refuse a week whose exercises are worth other points than when the directory was built.

    Raises:
        UserError: with what to run.
    """
    worth = {cell.name: cell.max_score for cell in notebook_row(gb, week.name).grade_cells}
    for exercise in week.exercises:
        with contextlib.suppress(SyntaxError):  # a suite that cannot be read: the grader's failure is told elsewhere
            now, then = inventory.points_in(week.suite(exercise.name)), worth.get(exercise.name)
            if now != then:
                values = {"now": f"{now:g}", "then": "-" if then is None else f"{then:g}", "path": root}
                raise UserError("course_points", exercise=exercise.name, week=week.name, number=week.number, **values)


def notebook_row(gb: Any, week: str) -> Any:
    """Return the gradebook's row of a week's notebook, None when it has none."""
    try:
        return gb.find_notebook(week, week)
    except MissingEntry:
        return None


def refresh_penalties(gb: Any, assignment: str, config: Any) -> None:
    """Set the penalty of every submission from its score as it is now, a person's grades included.

    Whoever graded what and when, the same work loses the same.
    """
    step: Any = AssignLatePenalties(config=config)
    step.assignment_id = assignment
    step.init_plugin()
    if hasattr(step.plugin_inst, "spend"):
        step.plugin_inst.spend(gb)
    query = gb.db.query(SubmittedAssignment).join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    for submission in query.filter(Assignment.name == assignment):
        seconds = submission.total_seconds_late
        for row in submission.notebooks:
            late = None
            if seconds > 0:
                late = step.plugin_inst.late_submission_penalty(submission.student_id, row.score, seconds)
            row.late_submission_penalty = None if late is None else min(max(late, 0), row.score)
    gb.db.commit()

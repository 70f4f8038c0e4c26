"""A course directory: its configuration, its gradebook, and the marks of a class written into both.

Knows nothing of how assignments are built.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

from nbgrader import utils  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters import GenerateFeedback  # type: ignore[import-untyped, unused-ignore]
from nbgrader.coursedir import CourseDirectory  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import AssignLatePenalties  # type: ignore[import-untyped, unused-ignore]
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader import marked, notebooks
from grader.classroom import Graded
from grader.course import Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.gradebook.plugins import released
from grader.intake import Submission
from grader.intake.names import safe_ids
from grader.messages import say

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

    def gradebook(self) -> Any:
        """Open the gradebook; a new one asks alembic for its version, which stands beside our own interpreter."""
        here, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
        if here not in path.split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, path])
        return Gradebook(self.coursedir.db_url, self.coursedir.course_id)

    def path(self, step: str, student: str, week: str) -> Path:
        return Path(self.coursedir.format_path(step, student, week))

    def run(self, converter: Any, week: str) -> None:
        """Run one of nbgrader's converters, as its command does, over everything that there is of a week."""
        self.coursedir.assignment_id, self.coursedir.student_id = week, "*"
        running = converter(coursedir=self.coursedir, config=self.config)
        running.log.setLevel(logging.ERROR)
        running.force = True
        running.start()

    def expect(self, weeks: list[Week]) -> list[Week]:
        """Return the weeks that have been built.

        Raises:
            UserError: none has.
        """
        with self.gradebook() as gb:
            built = [week for week in weeks if notebook_row(gb, week.name)]
        if not built:
            raise UserError("course_not_built", path=self.root, week=weeks[0].name)
        return built

    def record(self, everyone: Iterable[Graded], weeks: list[Week], source: Path) -> tuple[int, list[str]]:
        """Write marks into the gradebook, autograded notebooks and feedback; return how many, and who was left out."""
        done, left = 0, []
        own = self._own_names(source)
        with self.gradebook() as gb, warnings.catch_warnings():
            # nbgrader adds its rows in an order that SQLAlchemy minds
            warnings.filterwarnings("ignore", module=r"nbgrader\.")
            known = {one.id for one in gb.students}
            for graded in everyone:
                student = (own or {}).get(graded.submission.student, graded.submission.student)
                for week in weeks:
                    folder = self.path("submitted", student, week.name) if own is not None else None
                    if week.name not in graded.submission.files and not (folder and folder.is_dir()):
                        continue
                    marks = marked.marks_of(graded, week, self.lang)
                    if marks.certain:
                        if student not in known:
                            gb.add_student(student, last_name=None if folder else graded.submission.name)
                            known.add(student)
                        self._record_one(gb, week, graded.submission, marks, student, folder)
                        done += 1
                    else:
                        left.append(say("course_uncertain", self.lang, student=student, week=week.name))
        for week in weeks:
            if any(self.path("autograded", "*", week.name).parent.parent.glob(f"*/{week.name}")):
                self.run(GenerateFeedback, week.name)
        return done, left

    def _own_names(self, source: Path) -> dict[str, str] | None:
        """Return nbgrader's student ids by ours when the directory's own submissions are graded, else None."""
        submitted = self.root / "submitted"
        if source.resolve() not in (self.root, submitted):
            return None
        names = [path.name for path in submitted.iterdir() if path.is_dir()]
        return {safe: raw for raw, safe in safe_ids(names).items()}

    def _record_one(
        self, gb: Any, week: Week, work: Submission, marks: marked.Marks, student: str, folder: Path | None
    ) -> None:
        name, files = week.name, work.files.get(week.name, {})
        data = marked.notebook_in(folder, name) if folder else None
        nb = notebooks.node(marked.restore(released(self.coursedir, week), data, files))
        marked.put_marks(nb.cells, marks)
        nb = notebooks.node(nb)
        target = self.path("autograded", student, name)
        write_atomically(target / f"{name}.ipynb", json.dumps(nb, ensure_ascii=False, indent=1).encode())
        when = self.coursedir.get_existing_timestamp(str(folder)) if folder else work.times.get(name)
        if when is not None:
            when = when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
            write_atomically(target / "timestamp.txt", f"{when} UTC\n".encode())
        submission = gb.update_or_create_submission(name, student, **({"timestamp": when} if when else {}))
        self._store(gb, submission, next(one for one in submission.notebooks if one.name == name), nb)

    def _store(self, gb: Any, submission: Any, row: SubmittedNotebook, nb: Any) -> None:
        """Write one notebook's grades and its penalty, as nbgrader's own steps do after an execution."""
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if cell.metadata.get("nbgrader")}
        for grade in row.grades:
            if grade.cell.name in cells:
                grade.auto_score = utils.determine_grade(cells[grade.cell.name])[0]
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in row.comments:
            cell = cells.get(comment.cell.name)
            blank = cell and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if blank else None
        row.late_submission_penalty = None
        gb.db.commit()
        if submission.total_seconds_late > 0:
            step: Any = AssignLatePenalties(config=self.config)
            step.assignment_id = submission.name
            step.init_plugin()
            late = step.plugin_inst.late_submission_penalty(
                submission.student.id, row.score, submission.total_seconds_late
            )
            row.late_submission_penalty = None if late is None else min(max(late, 0), row.score)
            gb.db.commit()


def notebook_row(gb: Any, week: str) -> Any:
    """Return the gradebook's row of a week's notebook, None when it has none."""
    try:
        return gb.find_notebook(week, week)
    except MissingEntry:
        return None

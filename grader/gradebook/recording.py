"""The marks of a class written into a course directory: gradebook, autograded notebooks, feedback pages.

What the gradebook knows of students and due times is what our own reports say too. Knows nothing of how assignments
are built.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader import utils  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import SubmittedAssignment, SubmittedNotebook  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters.base import NbGraderException  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import AssignLatePenalties  # type: ignore[import-untyped, unused-ignore]

from grader.classroom.results import Graded
from grader.course import notebooks
from grader.course.weeks import Course, Week
from grader.files import write_atomically
from grader.gradebook import marked_notebook
from grader.gradebook.feedback import write_feedback
from grader.gradebook.folder import CourseFolder
from grader.gradebook.plugins import RULES, released
from grader.intake import Submission
from grader.intake.entries import TIME_STAMP, Refused
from grader.intake.folders import read_file
from grader.intake.lateness import Lateness, read_rules
from grader.intake.names import safe_ids, shown_name
from grader.intake.roster import whole_name
from grader.messages import say

STAMP_BYTES = 1000


class Recording(CourseFolder):
    """A course directory into which a class is graded."""

    def __init__(self, root: Path, lang: str, source: Path) -> None:
        super().__init__(root, lang)
        self.remarks: list[str] = []
        """What there is to say beside how much was recorded."""
        self.enrolled: set[str] = set()
        """Everybody in the gradebook, by our ids."""
        self._own = self._own_names(source)
        self._ours = {raw: safe for safe, raw in (self._own or {}).items()}
        self._names: dict[str, str] = {}
        """The students' names that the gradebook has, by its ids."""

    def expect(self, weeks: list[Week]) -> list[Week]:
        built = super().expect(weeks)
        with self.gradebook() as gb:
            names = {one.id: whole_name(one.first_name or "", one.last_name or "") for one in gb.students}
        self._names = {student: shown_name(name) for student, name in names.items() if name}
        self.enrolled = {self._ours.get(student, student) for student in names}
        return built

    def _own_names(self, source: Path) -> dict[str, str] | None:
        """Return nbgrader's student ids by ours when the directory's own submissions are graded, else None."""
        submitted = self.root / "submitted"
        if source.resolve() not in (self.root, submitted) or not submitted.is_dir():
            return None
        names = [path.name for path in submitted.iterdir() if path.is_dir()]
        return {safe: raw for raw, safe in safe_ids(names).items()}

    def _id(self, ours: str) -> str:
        """Return nbgrader's id of a student."""
        return (self._own or {}).get(ours, ours)

    def complete(self, submission: Submission, named: bool) -> None:
        """Put in what the gradebook knows: the name, unless a roster gave it, and when its own submissions came in."""
        student = self._id(submission.student)
        if not named:
            submission.name = self._names.get(student, submission.name)
        if self._own is not None:
            stamps = {week: self._stamp(student, week) for week in submission.times}
            submission.times = {week: when for week, when in stamps.items() if when}
            submission.submitted = max(submission.times.values(), default=None)

    def _stamp(self, student: str, week: str) -> datetime | None:
        """Return what timestamp.txt says, read as nbgrader reads it; None when it says nothing."""
        path = self.path("submitted", student, week) / TIME_STAMP
        try:
            text = read_file(path, path.name, STAMP_BYTES)[0].decode().strip()
            return utils.parse_utc(text).replace(tzinfo=UTC) if text else None
        except (OSError, Refused, ValueError, OverflowError, AttributeError):
            return None

    def lateness(self, file: Path | None, course: Course, weeks: list[Week]) -> Lateness | None:
        """Return what lateness costs as nbgrader reckons it: from the gradebook's due dates, by our ids.

        Args:
            file: A class file; the course directory's own when None. This run's penalties in the gradebook follow it.
        """
        own = self.root / RULES
        if not file and not own.is_file():
            return None
        file = file or own
        rules = read_rules(file, course)
        self.config.LatePenalty.rules = str(file.resolve())
        due: dict[str, datetime] = {}
        granted: dict[str, dict[str, timedelta]] = {}
        ours = self._ours
        with self.gradebook() as gb:
            for week in weeks:
                row, said = gb.find_assignment(week.name), rules.due.get(week.number)
                if row.duedate:
                    due[week.number] = row.duedate.replace(tzinfo=UTC).astimezone(said.tzinfo if said else UTC)
                if said and said != due.get(week.number):
                    values = {"week": week.name, "file": file.name, "said": said, "path": self.root}
                    self.remarks.append(say("course_due", self.lang, counts=due.get(week.number, "-"), **values))
                for one in gb.db.query(SubmittedAssignment).filter_by(assignment_id=row.id):
                    if one.extension:
                        granted.setdefault(ours.get(one.student_id, one.student_id), {})[week.number] = one.extension
        moved = {ours.get(who, who): _moved(times, rules.due, due) for who, times in rules.extensions.items()}
        return Lateness(due, rules.rule, moved, granted)

    def record(self, everyone: Iterable[Graded], weeks: list[Week]) -> tuple[int, list[str]]:
        """Write marks into the gradebook, autograded notebooks and feedback; return how many, and who was left out."""
        done, left = 0, []
        with self.gradebook() as gb, warnings.catch_warnings():
            # nbgrader adds its rows in an order that SQLAlchemy minds
            warnings.filterwarnings("ignore", module=r"nbgrader\.")
            known = {one.id for one in gb.students}
            for graded in everyone:
                student = self._id(graded.submission.student)
                for week in weeks:
                    folder = self.path("submitted", student, week.name) if self._own is not None else None
                    if week.name not in graded.submission.files and not (folder and folder.is_dir()):
                        continue
                    marks = marked_notebook.marks_of(graded, week, self.lang)
                    if marks.certain:
                        if student not in known:
                            gb.add_student(student, **_columns(graded.submission, bool(folder)))
                            known.add(student)
                        self._record_one(gb, week, graded.submission, marks, student, folder)
                        done += 1
                    else:
                        left.append(say("course_uncertain", self.lang, student=student, week=week.name))
        for week in weeks:
            try:
                write_feedback(self, week)
            except NbGraderException as error:
                self.remarks.append(say("course_feedback_failed", self.lang, week=week.name, problem=error))
        return done, left

    def _record_one(
        self, gb: Any, week: Week, work: Submission, marks: marked_notebook.Marks, student: str, folder: Path | None
    ) -> None:
        name, files = week.name, work.files.get(week.name, {})
        data = marked_notebook.notebook_in(folder, name) if folder else None
        nb = notebooks.node(marked_notebook.restore(released(self.coursedir, week), data, files))
        marked_notebook.put_marks(nb.cells, marks)
        nb = notebooks.node(nb)
        target = self.path("autograded", student, name)
        write_atomically(target / f"{name}.ipynb", json.dumps(nb, ensure_ascii=False, indent=1).encode())
        when = self._stamp(student, name) if folder else work.times.get(name)
        if when is not None:
            when = when.astimezone(UTC).replace(tzinfo=None)
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


def _moved(times: dict[str, datetime], said: dict[str, datetime], counts: dict[str, datetime]) -> dict[str, datetime]:
    """Return a student's own due times, as far behind the gradebook's as they are behind the class file's."""
    return {week: counts[week] + (when - said.get(week, when)) for week, when in times.items() if week in counts}


def _columns(submission: Submission, own: bool) -> dict[str, str]:
    """Return what nbgrader keeps of a student who is new to it."""
    found = {"first_name": submission.first, "last_name": submission.last, "email": submission.email}
    if not (own or submission.first or submission.last):
        found["last_name"] = submission.name
    return {name: value for name, value in found.items() if value}

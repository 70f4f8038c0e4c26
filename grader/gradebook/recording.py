"""The marks of a class written into a course directory: gradebook, autograded notebooks, feedback pages.

What the gradebook knows of students and due times is what our own reports say too.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import warnings
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from nbgrader import utils  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters.base import NbGraderException  # type: ignore[import-untyped, unused-ignore]

from grader.classroom.exports import Entered
from grader.classroom.results import Graded
from grader.course import notebooks
from grader.course.weeks import Course, Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.gradebook import marked_notebook
from grader.gradebook.feedback import write_feedback
from grader.gradebook.folder import CourseFolder, expect_points, refresh_penalties
from grader.gradebook.plugins import RULES, STORE, released, rules_of
from grader.intake import Submission
from grader.intake.entries import TIME_STAMP, Refused, as_text
from grader.intake.folders import read_file
from grader.intake.lateness import Lateness, read_rules
from grader.intake.names import safe_ids
from grader.intake.roster import Person, Roster, person
from grader.messages import say

STAMP_BYTES = 1000
SECRET = "submission_secret.txt"


class Recording(CourseFolder):
    """A course directory into which a class is graded."""

    def __init__(self, root: Path, lang: str, source: Path) -> None:
        super().__init__(root, lang)
        self.remarks: list[str] = []
        """What there is to say beside how much was recorded."""
        self.enrolled: set[str] = set()
        """Everybody in the gradebook, by our ids."""
        self.is_own = source.resolve() in (self.root, self.root / "submitted")
        """Whether the directory's own submissions are graded."""
        self._raw: dict[str, str] = {}
        """nbgrader's student ids by ours."""
        self._people: list[Person] = []

    def expect(self, weeks: list[Week]) -> list[Week]:
        """Return the weeks that have been built, and read who takes the course.

        Raises:
            UserError: none has, or one is worth other points than when it was built.
        """
        built = self.built(weeks)
        if not built:
            raise UserError("course_not_built", path=self.root, week=weeks[0].name)
        with self.gradebook() as gb:
            for week in built:
                expect_points(gb, week, self.root)
            rows = [(one.id, one.first_name or "", one.last_name or "", one.email or "") for one in gb.students]
        self._people = [person(*row) for row in rows]
        submitted = self.root / "submitted"
        folders = [as_text(path.name) for path in submitted.iterdir() if path.is_dir()] if submitted.is_dir() else []
        names = dict.fromkeys([*(folders if self.is_own else ()), *(one.id for one in self._people)])
        self._raw = {safe: raw for raw, safe in safe_ids(list(names)).items()}
        self.enrolled = {safe for safe, raw in self._raw.items() if any(raw == one.id for one in self._people)}
        return built

    def roster(self) -> Roster | None:
        """Return who takes the course, by the gradebook; None where that has nobody yet."""
        return Roster(self._people) if self._people else None

    def _id(self, ours: str) -> str:
        """Return nbgrader's id of a student."""
        return self._raw.get(ours, ours)

    def complete(self, submission: Submission) -> None:
        """Of the directory's own submissions only nbgrader's stamps tell when they came in."""
        if self.is_own:
            received = submission.received.items()
            submission.received = {week: one for week, one in received if one.clock == "stamp"}

    def apply_class_file(self, file: Path | None, course: Course, weeks: list[Week]) -> Lateness | None:
        """Return what lateness costs as nbgrader reckons it: from the gradebook's due dates, by our ids.

        Args:
            file: A class file; the course directory's own when None. This run's penalties in the gradebook follow it.
        """
        own, other = self.root / RULES, self.root / STORE / RULES
        if not file:
            other.unlink(missing_ok=True)
            if not own.is_file():
                return None
        rules = read_rules(file or own, course)
        if file and file.resolve() != own:  # counts until a run without it, for nbgrader's own commands too
            write_atomically(other, file.read_bytes())
        file = file or own
        self.config.LatePenalty.rules = str(rules_of(self.root))
        due: dict[str, datetime] = {}
        granted: dict[str, dict[str, timedelta]] = {}
        ours = {raw: safe for safe, raw in self._raw.items()}
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
        return replace(rules, due=due, extensions=moved, granted=granted)

    def record(self, everyone: Iterable[Graded], weeks: list[Week]) -> tuple[int, list[str]]:
        """Write marks into the gradebook, autograded notebooks and feedback; return how many, and who was left out."""
        done, left, new = 0, [], []
        with self.gradebook() as gb, warnings.catch_warnings():
            # nbgrader adds its rows in an order that SQLAlchemy minds
            warnings.filterwarnings("ignore", module=r"nbgrader\.")
            known = {one.id for one in gb.students}
            for graded in everyone:
                student = self._id(graded.submission.student)
                for week in (week for week in weeks if self._has(graded, student, week)):
                    marks = marked_notebook.marks_of(graded, week, self.lang)
                    if not marks.certain:
                        left.append(say("course_uncertain", self.lang, student=student, week=week.name))
                        continue
                    if student not in known and graded.submission.stranger:
                        left.append(say("course_stranger", self.lang, student=student, path=self.root))
                        continue
                    if student not in known:
                        gb.add_student(student, **_columns(graded.submission, self.is_own))
                        known.add(student)
                        new.append(student)
                    self._record_one(gb, week, graded.submission, marks, student)
                    done += 1
            for one in gb.assignments:  # late days that this run takes from the budget may be missing elsewhere
                refresh_penalties(gb, one.name, self.config)
        if new:
            self.remarks.append(say("course_new", self.lang, count=len(new), students=", ".join(new)))
        for week in weeks:
            try:
                write_feedback(self, week)
            except NbGraderException as error:
                self.remarks.append(say("course_feedback_failed", self.lang, week=week.name, problem=error))
        return done, left

    def _has(self, graded: Graded, student: str, week: Week) -> bool:
        """Whether a student handed something in, if only a folder with nothing usable."""
        return week.name in graded.submission.files or (
            self.is_own and self.path("submitted", student, week.name).is_dir()
        )

    def _record_one(self, gb: Any, week: Week, work: Submission, marks: marked_notebook.Marks, student: str) -> None:
        name = week.name
        rubrics = marked_notebook.rubrics_of(week, self.lang)
        handed = work.notebooks.get(name), work.files.get(name, {})
        whole = marked_notebook.restore(released(self.coursedir, week), *handed, rubrics)
        marked_notebook.put_marks(whole["cells"], marks)
        nb = notebooks.node(whole)
        target = self.path("autograded", student, name)
        before = _words(target / f"{name}.ipynb")
        write_atomically(target / f"{name}.ipynb", json.dumps(nb, ensure_ascii=False, indent=1).encode())
        when = work.times.get(name)
        if when is not None:
            when = when.astimezone(UTC).replace(tzinfo=None)
        guessed = any(one.key == "intake_days_of_mark" and one.values["week"] == name for one in work.notes)
        self._keep_for_release(student, name, f"{when} UTC\n" if when and not guessed else "")
        submission = gb.update_or_create_submission(name, student, timestamp=when)  # none also where one stood before
        _store(gb, next(one for one in submission.notebooks if one.name == name), nb, before)

    def _keep_for_release(self, student: str, week: str, stamp: str) -> None:
        """Write what `nbgrader release_feedback` reads beside a page: the time, and the secret of the hand-in."""
        target, own = self.path("autograded", student, week), self.path("submitted", student, week)
        write_atomically(target / TIME_STAMP, stamp.encode())
        secret = b""
        for path in (own / SECRET, target / SECRET):
            with contextlib.suppress(OSError, Refused):
                secret = secret or read_file(path, path.name, STAMP_BYTES)[0]
        write_atomically(target / SECRET, secret or secrets.token_hex(64).encode())

    def entered(self, weeks: list[Week]) -> dict[str, dict[str, Entered]]:
        """Return what the gradebook holds, with what a person put in, by student and week."""
        ours = {raw: safe for safe, raw in self._raw.items()}
        found: dict[str, dict[str, Entered]] = {}
        with self.gradebook() as gb:
            for week in weeks:
                row = gb.find_assignment(week.name)
                by_hand = _by_hand(gb, row)
                for one in gb.db.query(SubmittedAssignment).filter_by(assignment_id=row.id):
                    late = float(one.late_submission_penalty or 0)
                    entered = Entered(float(one.score), late, float(row.max_score), **by_hand.get(one.student_id, {}))
                    found.setdefault(ours.get(one.student_id, one.student_id), {})[week.name] = entered
        return found

    def points(self, weeks: list[Week]) -> dict[str, float]:
        """Return what each week is worth, words included."""
        with self.gradebook() as gb:
            return {week.name: float(gb.find_assignment(week.name).max_score) for week in weeks}


def _by_hand(gb: Any, assignment: Any) -> dict[str, dict[str, Any]]:
    """Return, by student, what a person still has to grade of an assignment, and what one has graded already."""
    rows = gb.db.query(SubmittedAssignment.student_id, Grade).join(SubmittedAssignment.notebooks)
    rows = rows.join(SubmittedNotebook.grades).filter(SubmittedAssignment.assignment_id == assignment.id)
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"words": 0.0, "waiting": False, "manual": {}})
    for student, grade in rows.filter(Grade.needs_manual_grade | Grade.manual_score.is_not(None)):
        if grade.cell_type == "code":
            found[student]["waiting"] |= grade.needs_manual_grade
            found[student]["manual"] |= {} if grade.manual_score is None else {grade.cell.name: grade.manual_score}
        elif grade.needs_manual_grade:
            found[student]["words"] += grade.max_score
    return found


def _store(gb: Any, row: SubmittedNotebook, nb: Any, before: dict[str, str]) -> None:
    """Write one notebook's grades, as nbgrader's own steps do after an execution.

    Args:
        before: The answers in words when they were graded last: one that is the same needs no person again.
    """
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if cell.metadata.get("nbgrader")}
    for grade in row.grades:
        name = grade.cell.name
        if name not in cells:
            continue
        score = utils.determine_grade(cells[name])[0]
        same = grade.auto_score == score and before.get(name, cells[name].source) == cells[name].source
        grade.auto_score = score
        if grade.manual_score is None or not same:
            grade.needs_manual_grade = grade.manual_score is not None or score is None
    for comment in row.comments:
        cell = cells.get(comment.cell.name)
        blank = cell and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        comment.auto_comment = "No response." if blank else None
    gb.db.commit()


def _words(path: Path) -> dict[str, str]:
    """Return the answers in words of a marked notebook, by cell."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        named = [(cell["metadata"].get("nbgrader", {}), cell) for cell in cells if cell["cell_type"] == "markdown"]
        return {meta["grade_id"]: "".join(cell["source"]) for meta, cell in named if meta.get("grade")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _moved(times: dict[str, datetime], said: dict[str, datetime], counts: dict[str, datetime]) -> dict[str, datetime]:
    """Return a student's own due times, as far behind the gradebook's as they are behind the class file's."""
    return {week: counts[week] + (when - said.get(week, when)) for week, when in times.items() if week in counts}


def _columns(submission: Submission, own: bool) -> dict[str, str]:
    """Return what nbgrader keeps of a student who is new to it."""
    found = {"first_name": submission.first, "last_name": submission.last, "email": submission.email}
    if not (own or submission.first or submission.last):
        found["last_name"] = submission.name
    return {name: value for name, value in found.items() if value}

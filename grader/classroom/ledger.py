"""The ledger of an output folder: what everybody handed in, week by week, and the results that it came to.

A run adds its weeks and its students; whatever else was graded into the folder stays. So one week, or one student, can
be graded alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader.classroom.results import MISSING, STORE, Graded, PastScore
from grader.course.weeks import Course, Exercise, Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import Received, Submission
from grader.intake.entries import note
from grader.intake.roster import Identity
from grader.outcomes import ExerciseResult, Finding

NOTHING = {MISSING, "intake_nothing", "intake_other_week"}
"""Problems of who handed nothing in for a week: it counts as 0 beside the weeks that were."""
Lookup = Callable[[str, tuple[Week, Exercise]], ExerciseResult]
"""Gives the result of a key."""


class WeekRecord(msgspec.Struct):
    """One week of one student."""

    source: str
    """The folder that it was graded from."""
    keys: dict[str, str]
    """Of the results, by exercise."""
    handed_in: bool
    time: datetime | None = None
    notes: list[Finding] = []
    problem: Finding | None = None
    is_other: bool = True
    """Whether the files are others than before."""
    by_others: bool = False
    """Whether other tests, or another grader, judge them than before."""
    history: list[PastScore] = []
    """What the week came to, whenever that changed."""


class HandedIn(msgspec.Struct, frozen=True):
    """What was handed in for a week: the modules that were judged, and the notebook that they came from."""

    files: dict[str, bytes] = {}
    notebook: bytes | None = None


class StudentRecord(Identity):
    """One student; `name`, `entry` and `stranger` are those of the last submission."""

    name: str
    entry: str = ""
    stranger: bool = False
    weeks: dict[str, WeekRecord] = {}


class Ledger:
    """Everybody who was ever graded into a folder."""

    def __init__(self, out: Path) -> None:
        self.folder = out / STORE
        data = self._path.read_bytes() if self._path.exists() else b"{}"
        try:
            self.entries = msgspec.json.decode(data, type=dict[str, StudentRecord])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # not as if nobody had been graded
            raise UserError("ledger_damaged", path=self._path, problem=error) from error
        self.taken: dict[str, set[str]] = {}
        """The students of this run, and their weeks."""

    @property
    def _path(self) -> Path:
        return self.folder / "ledger"

    @property
    def weeks(self) -> set[str]:
        return {week for entry in self.entries.values() for week in entry.weeks}

    @property
    def handed_in(self) -> set[str]:
        """The weeks of which anybody handed something in."""
        return {week for entry in self.entries.values() for week, part in entry.weeks.items() if part.handed_in}

    def take(self, submission: Submission, keys: dict[tuple[str, str], str], weeks: list[Week], source: Path) -> None:
        """Put in what a student handed in for these weeks."""
        student = submission.student
        entry = self.entries.setdefault(student, StudentRecord(submission.name))
        entry.learn(submission)
        entry.name, entry.entry = submission.name or entry.name, submission.entry or entry.entry
        entry.stranger = submission.stranger
        for week in (week.name for week in weeks):
            own = {exercise: key for (of, exercise), key in keys.items() if of == week}
            files, problem = submission.files.get(week), submission.problem
            if files is None and not problem:  # as if the week had been graded alone
                own, problem = {}, note("intake_other_week", week=week, found=", ".join(sorted(submission.files)))
            handed_in, time = files is not None, submission.times.get(week)
            part = WeekRecord(_place(source), own, handed_in, time, submission.notes, problem)
            if before := entry.weeks.get(week):
                part.history, part.is_other = before.history, _files_of(before) != _files_of(part)
                part.by_others = _course_of(before) != _course_of(part)
            entry.weeks[week] = part
            self.taken.setdefault(student, set()).add(week)
            if files is not None:
                self._keep(student, week, HandedIn(files, submission.notebooks.get(week)))

    def stays(self, submission: Submission, week: Week, source: Path) -> bool:
        """Whether a student's week stays as it is: it was graded from elsewhere, and this folder has nothing of it."""
        part = self._part(submission.student, week)
        absent = week.name not in submission.files and (not submission.problem or submission.problem.key in NOTHING)
        return part is not None and absent and part.source != _place(source)

    def _part(self, student: str, week: Week) -> WeekRecord | None:
        return self.entries[student].weeks.get(week.name) if student in self.entries else None

    def is_new(self, submission: Submission, weeks: list[Week]) -> bool:
        """Whether something else was handed in for one of these weeks than what was graded last."""
        for week in weeks:
            part, files = self._part(submission.student, week), submission.files.get(week.name)
            if not part or part.handed_in != (files is not None):
                return True
            if files is not None and self.handed(submission.student, week.name).files != files:
                return True
        return False

    def drop_others(self, weeks: list[Week], source: Path) -> None:
        """Forget, of these weeks, whom an earlier run found in the same folder and this one did not."""
        for student, entry in list(self.entries.items()):
            for week in (week.name for week in weeks):
                part = entry.weeks.get(week)
                if part and part.source == _place(source) and week not in self.taken.get(student, ()):
                    del entry.weeks[week]
            if not entry.weeks:
                del self.entries[student]

    def remember(self, graded: Iterable[Graded], change: Callable[[Graded], Graded]) -> None:
        """Note what the weeks of this run came to, where that is new; `change` applies the class file."""
        now = datetime.now(UTC).replace(microsecond=0)
        for one in graded:
            final = change(one)
            for week in self.taken[one.submission.student]:
                part = self.entries[one.submission.student].weeks[week]
                score, judged = _score(final, week), _score(one, week)
                last = part.history[-1] if part.history else None
                if (last or part.handed_in) and (part.is_other or not last or last.score != score):
                    changed = part.by_others or bool(last and judged in (last.judged, last.score))
                    part.history = [*part.history, PastScore(now, score, part.is_other, judged, changed)]

    def write(self) -> None:
        write_atomically(self._path, msgspec.json.encode(self.entries))

    def graded(self, course: Course, result: Lookup, only: bool = False) -> Iterator[Graded]:
        """Walk through the class, by student id, with what each handed in; `only` what this run graded."""
        everywhere = self.weeks
        for student in sorted(self.taken if only else self.entries):
            entry, counted = self.entries[student], self.taken[student] if only else everywhere
            weeks = [week for week in course.weeks if week.name in counted and week.name in entry.weeks]
            results = [
                result(key, (week, exercise))
                for week in weeks
                for exercise in week.exercises
                if (key := entry.weeks[week.name].keys.get(exercise.name))
            ]
            history = {week.name: entry.weeks[week.name].history for week in weeks}
            submission = self._submission(student, entry, weeks)
            yield Graded(submission, results, _unusable(entry, weeks), sorted(counted), history)

    def _submission(self, student: str, entry: StudentRecord, weeks: list[Week]) -> Submission:
        parts = {week.name: entry.weeks[week.name] for week in weeks}
        handed = {name: self.handed(student, name) for name, part in parts.items() if part.handed_in}
        files = {name: one.files for name, one in handed.items()}
        books = {name: one.notebook for name, one in handed.items() if one.notebook is not None}
        received = {name: Received(part.time) for name, part in parts.items() if part.time}
        notes: list[Finding] = []
        problems = [part.problem for part in parts.values() if part.problem]
        nothing = problems[0] if len(problems) == len(parts) else None
        for found in (*(one for part in parts.values() for one in part.notes), *([] if nothing else problems)):
            if found not in notes:
                notes.append(found)
        submission = Submission(
            student,
            entry.name,
            files,
            received,
            notebooks=books,
            stranger=entry.stranger,
            notes=notes,
            problem=nothing,
            entry=entry.entry,
        )
        submission.learn(entry)
        return submission

    def handed(self, student: str, week: str) -> HandedIn:
        try:
            return msgspec.msgpack.decode(self._path_of(student, week).read_bytes(), type=HandedIn)
        except (OSError, msgspec.DecodeError):
            return HandedIn()

    def _keep(self, student: str, week: str, handed: HandedIn) -> None:
        path, data = self._path_of(student, week), msgspec.msgpack.encode(handed)
        if not path.is_file() or path.read_bytes() != data:
            write_atomically(path, data)

    def _path_of(self, student: str, week: str) -> Path:
        return self.folder / "handed-in" / week / student


def _place(source: Path) -> str:
    """Return what names a folder in the ledger, which is text, whatever bytes the disk has."""
    return os.fsencode(source.resolve()).decode("utf-8", "backslashreplace")


def _files_of(part: WeekRecord) -> dict[str, str]:
    """Return what tells the files of each exercise."""
    return {exercise: key.partition("-")[0] for exercise, key in part.keys.items()}


def _course_of(part: WeekRecord) -> dict[str, str]:
    """Return what tells, of each exercise, which tests and which grader judge it."""
    return {exercise: key.partition("-")[2] for exercise, key in part.keys.items()}


def _score(graded: Graded, week: str) -> float | None:
    """Return what a week came to before its penalty; None where that is not known."""
    results = [result for result in graded.results if result.week == week]
    return sum(result.score for result in results) if all(result.certain for result in results) else None


def _unusable(entry: StudentRecord, weeks: list[Week]) -> list[str]:
    """Return the weeks in which something came that nobody could read."""
    problems = {week.name: entry.weeks[week.name].problem for week in weeks}
    return [week for week, problem in problems.items() if problem and problem.key not in NOTHING]

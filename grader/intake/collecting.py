"""A folder of submissions, one Submission for every student, whatever is in it.

An entry of the folder is a student's folder, archive or file. All entries of one student together are that student's
hand-ins. Nothing that goes wrong with one student stops another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake.entries import TIME_STAMP, as_text, is_archive, is_system
from grader.intake.names import owner_of, safe_ids
from grader.intake.owners import NOBODYS, FolderEntry, Student, students_in
from grader.intake.reading import Request, read_apart
from grader.intake.roster import Roster, read_roster
from grader.intake.submission import Submission

SUBMITTED = "submitted"
"""What nbgrader calls the folder of submissions."""
OF_A_COURSE = {"gradebook.db", "nbgrader_config.py"}
NBGRADER = {SUBMITTED, "source", "release", "autograded", "feedback", "exchange", *OF_A_COURSE}


def collect(folder: Path, course: Course, week: str | None, roster: Path | Roster | None) -> list[Submission]:
    """Return what `each` gives, all at once."""
    return list(each(folder, course, week, roster))


def each(folder: Path, course: Course, week: str | None, roster: Path | Roster | None) -> Iterator[Submission]:
    """Read the submissions of a folder one by one, sorted by student id; everybody on the roster has one.

    `roster` is a file, or the people themselves from whoever knows them. With it nobody becomes a student by a name:
    who is not on it is marked as a stranger.

    Raises:
        UserError: no such folder, an unknown week, an unusable roster, a course of nbgrader with work beside it.
    """
    if not folder.is_dir():
        raise UserError("intake_no_folder", path=folder)
    asked = course.week(week).name if week else None
    people = read_roster(roster) if isinstance(roster, Path) else roster
    folder = _nbgrader_folder(folder, course, asked)
    students = students_in(folder, course, people, roster if isinstance(roster, Path) else None)
    # One student's folder in nbgrader's is as good as all of it.
    stamped = SUBMITTED in (folder.name, folder.resolve().parent.name) or _is_stamped(folder)
    late_marked = any(entry.owner.late for student in students.values() for entry in student.entries)
    ids = safe_ids(list(students))
    for raw, student in sorted(ids.items(), key=lambda pair: pair[1]):
        request = Request(str(course.root), asked, student, students[raw], people is not None, stamped, late_marked)
        yield read_apart(request)


def one(folder: Path, course: Course, week: str | None, student: str) -> Submission:
    """Read a folder that is one student's submission, where it lies."""
    asked = course.week(week).name if week else None
    entry = FolderEntry(os.fsencode(folder), "folder", owner_of(student, True, course))
    return read_apart(Request(str(course.root), asked, student, Student(student, None, [entry]), False, False, False))


def _nbgrader_folder(folder: Path, course: Course, asked: str | None) -> Path:
    """Return nbgrader's folder of submissions when `folder` is a course of nbgrader, whatever else it holds.

    Raises:
        UserError: beside it stands what somebody may have handed in.
    """
    names = {entry.name for entry in os.scandir(folder) if not is_system(entry.name)}
    inner = folder / SUBMITTED
    built = names <= NBGRADER or not names.isdisjoint(OF_A_COURSE)
    if not (SUBMITTED in names and built and inner.is_dir() and not inner.is_symlink()):
        return folder
    hidden = [name for name in sorted(names - NBGRADER) if _is_work(folder / name, course, asked)]
    if hidden:
        raise UserError("intake_hidden", path=folder, inner=inner, names=", ".join(map(as_text, hidden)))
    return inner


def _is_work(path: Path, course: Course, asked: str | None) -> bool:
    """Whether an entry beside nbgrader's folders holds exercises."""
    if path.name.lower() in NOBODYS:
        return False
    kind = "folder" if path.is_dir() else "archive" if is_archive(path.name) else "file"
    entry = FolderEntry(os.fsencode(path), kind, owner_of(as_text(path.name), kind == "folder", course))
    request = Request(str(course.root), asked, "", Student("", None, [entry]), False, False, False)
    return bool(read_apart(request).files)


def _is_stamped(folder: Path) -> bool:
    """Whether this is a copy of nbgrader's folder: every student's folder has an assignment with timestamp.txt."""
    entries = [entry for entry in os.scandir(folder) if not is_system(entry.name) and entry.name.lower() not in NOBODYS]
    return bool(entries) and all(
        entry.is_dir(follow_symlinks=False) and any(Path(entry.path).glob(f"*/{TIME_STAMP}")) for entry in entries
    )

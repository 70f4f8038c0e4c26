"""A folder of submissions, one Submission for every student, whatever is in it.

An entry of the folder is a student's folder, archive or file. All entries of one student together are that student's
hand-ins, of which for every week the latest counts. Nothing that goes wrong with one student stops another.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.course.weeks import Course, Week
from grader.errors import UserError
from grader.intake.choosing import Placed, place
from grader.intake.entries import MANIFEST, TIME_STAMP, HandIn, Piece, Refused, is_archive, is_system, limit_of, shown
from grader.intake.folders import read_archive, read_file, read_folder, refuse_odd
from grader.intake.names import MOODLE, Owner, is_of_course, owner_of, safe_ids, shown_name, week_named
from grader.intake.roster import Person, Roster, read_roster
from grader.intake.submission import Submission
from grader.outcomes import Finding

SUBMITTED = "submitted"
"""What nbgrader calls the folder of submissions."""
OF_A_COURSE = {"gradebook.db", "nbgrader_config.py"}
NBGRADER = {SUBMITTED, "source", "release", "autograded", "feedback", "exchange", *OF_A_COURSE}
ASIDE = {"class.toml", "dataset.toml", "roster.csv", "readme.md", "readme.zh-cn.md", "license"}
"""Files beside submissions that are nobody's."""
MOST_NOTES = 40
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(\S*)")


class _Student(msgspec.Struct):
    """The entries of one student."""

    name: str
    person: Person | None = None
    late: bool = False
    folders: list[tuple[Path, Owner]] = []
    archives: list[tuple[Path, Owner]] = []
    files: list[tuple[Path, Owner]] = []


def collect(folder: Path, course: Course, week: str | None, roster: Path | None) -> list[Submission]:
    """Return what `each` gives, all at once."""
    return list(each(folder, course, week, roster))


def each(folder: Path, course: Course, week: str | None, roster: Path | Roster | None) -> Iterator[Submission]:
    """Read the submissions of a folder one by one, sorted by student id; everybody on the roster has one.

    Raises:
        UserError: no such folder, an unknown week, an unusable roster.
    """
    if not folder.is_dir():
        raise UserError("intake_no_folder", path=folder)
    asked = course.week(week) if week else None
    people = read_roster(roster) if isinstance(roster, Path) else roster
    folder = _nbgrader_folder(folder)
    students = _students(folder, course, people, roster if isinstance(roster, Path) else None)
    for person in people.people if people else []:
        students.setdefault(person.id, _Student(person.name, person))
    ids = safe_ids(list(students))
    for raw, student in sorted(ids.items(), key=lambda pair: pair[1]):
        yield _submission(student, raw, students[raw], course, asked, people is not None, folder.name == SUBMITTED)


def _nbgrader_folder(folder: Path) -> Path:
    """Return nbgrader's folder of submissions when `folder` is a course of nbgrader, whatever else it holds."""
    names = {entry.name for entry in os.scandir(folder) if not is_system(entry.name)}
    inner = folder / SUBMITTED
    built = names <= NBGRADER or not names.isdisjoint(OF_A_COURSE)
    return inner if SUBMITTED in names and built and inner.is_dir() and not inner.is_symlink() else folder


def _students(folder: Path, course: Course, people: Roster | None, roster: Path | None) -> dict[str, _Student]:
    """Group the entries of a folder by student, by ids as they are found."""
    students: dict[str, _Student] = {}
    listed = roster and roster.resolve()
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        path = Path(entry.path)
        if is_system(entry.name) or entry.name.lower() in ASIDE or folder.resolve() / entry.name == listed:
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        owner = _owner(folder, entry.name, is_folder, course)
        person = people.find(*([owner.name, owner.id] if owner.exported else [owner.id])) if people else None
        one = students.setdefault(person.id if person else owner.id, _Student(owner.name, person))
        one.late |= owner.late
        kind = one.folders if is_folder else one.archives if is_archive(entry.name) else one.files
        kind.append((path, owner))
    return students


def _owner(folder: Path, name: str, is_folder: bool, course: Course) -> Owner:
    """Read an entry's name; what is called as in the course itself belongs to one student, named as the folder is."""
    owner = owner_of(name, is_folder, course)
    if is_of_course(owner.id, course):
        own, week = folder.resolve().name, week_named(owner.id, course)
        return Owner(own, own, name, week.name if week else owner.week)
    return owner


def _submission(
    student: str, raw: str, one: _Student, course: Course, asked: Week | None, listed: bool, by_nbgrader: bool
) -> Submission:
    result = Submission(student, shown_name(one.person.name if one.person else one.name))
    if one.person:
        result.first, result.last, result.email = one.person.first, one.person.last, one.person.email
    for path, owner in [*one.files, *one.archives, *one.folders][:1]:
        result.entry = path.name
        result.canvas = owner.id if owner.exported and not MOODLE.fullmatch(path.name) else ""
    if one.late:
        result.notes.append(Finding("intake_marked_late"))
    if listed and one.person is None:
        result.notes.append(Finding("intake_not_in_roster"))
    if not (one.folders or one.archives or one.files):
        result.problem = Finding("intake_missing")
        return result
    try:
        hand_ins = _hand_ins(one)
        _gather(result, hand_ins, course, asked, by_nbgrader)
    except Exception as error:  # noqa: BLE001 - a fault of ours with one submission must not stop the class
        result.files = {}
        result.problem = Finding("intake_failed", {"problem": shown(f"{type(error).__name__}: {error}")})
    if len(result.notes) > MOST_NOTES:
        more = {"count": str(len(result.notes) - MOST_NOTES)}
        result.notes[MOST_NOTES:] = [Finding("intake_more", more)]
    return result


def _hand_ins(one: _Student) -> list[HandIn]:
    """Read what a student handed in, the oldest first: each folder, each archive, all single files together."""
    found = [(owner, read_folder(path)) for path, owner in one.folders]
    found += [(owner, read_archive(path)) for path, owner in one.archives]
    if one.files:
        found.append((one.files[0][1], _read_files(one.files)))
    for owner, hand_in in found:
        if owner.week:
            hand_in.pieces = [replace(piece, parts=(owner.week, *piece.parts)) for piece in hand_in.pieces]
    found.sort(key=lambda pair: (pair[0].attempt, pair[1].stamp, pair[1].label))
    return [hand_in for _, hand_in in found]


def _read_files(files: list[tuple[Path, Owner]]) -> HandIn:
    """Read single files as one hand-in."""
    hand_in = HandIn(label=shown(files[0][0].name))
    for path, owner in files:
        try:
            refuse_odd(os.lstat(path).st_mode, path.name)
            limit = limit_of(path.name)
            if limit is None:
                raise Refused("intake_kind", file=path.name)
            data, stamp = read_file(path, path.name, limit)
            parts = (owner.week, owner.file) if owner.week else (owner.file,)
            hand_in.add(Piece(parts, data, stamp, stamp, owner.attempt))
        except Refused as refused:
            hand_in.refused.append(refused.finding)
    hand_in.stamp = max((piece.received for piece in hand_in.pieces), default=0)
    return hand_in


def _gather(result: Submission, hand_ins: list[HandIn], course: Course, asked: Week | None, by_nbgrader: bool) -> None:
    """Fill in the modules of every week from the latest hand-in that has the week."""
    label: dict[str, str] = {}
    problems: list[Finding] = []
    for hand_in in hand_ins:
        placed = place(hand_in, course, asked)
        result.notes += placed.notes + _claims(hand_in, result)
        problems += hand_in.refused + ([hand_in.problem] if hand_in.problem else [])
        for week, files in placed.files.items():
            if week in label:
                values = {"week": week, "taken": hand_in.label, "other": label[week]}
                result.notes.append(Finding("intake_later", values))
            label[week], result.files[week] = hand_in.label, files
            result.times[week] = _time(hand_in, placed, week, course, by_nbgrader)
    result.submitted = max(result.times.values(), default=None)
    if result.files:
        result.notes += problems
    else:
        result.problem = problems[-1] if problems else _nothing(course, asked)
        result.notes += problems[:-1]


def _nothing(course: Course, asked: Week | None) -> Finding:
    weeks = [asked] if asked else course.weeks
    wanted = ", ".join(f"{week.name}/{exercise.name}.py" for week in weeks[:1] for exercise in week.exercises)
    return Finding("intake_nothing", {"wanted": wanted + (", …" if len(weeks) > 1 else "")})


def _claims(hand_in: HandIn, result: Submission) -> list[Finding]:
    """Note when a manifest names another student: it is the student's own file, so it decides nothing."""
    found = []
    for piece in hand_in.pieces:
        if piece.name.lower() == MANIFEST:
            try:
                claimed = json.loads(piece.data).get("student", "")
            except (ValueError, AttributeError, RecursionError):
                continue
            own = ("", result.student.casefold(), result.name.casefold())
            if isinstance(claimed, str) and claimed.casefold() not in own:
                found.append(Finding("intake_claims", {"claimed": shown(claimed)}))
    return found


def _time(hand_in: HandIn, placed: Placed, week: str, course: Course, by_nbgrader: bool) -> datetime.datetime:
    """Return when a week was handed in: nbgrader's stamp, or the time of its latest file or archive on disk."""
    if by_nbgrader:
        for piece in hand_in.pieces:
            named = week_named(piece.parts[0], course)
            if piece.name == TIME_STAMP and len(piece.parts) == 2 and (named is None or named.name == week):
                stamp = read_stamp(piece.data.decode("utf-8", "replace"))
                if stamp:
                    return stamp
    return datetime.datetime.fromtimestamp(int(placed.received[week]), datetime.UTC)


def read_stamp(text: str) -> datetime.datetime | None:
    """Read nbgrader's "2026-03-01 23:59:59.123456 UTC"; None when it is no time. An unknown zone counts as UTC."""
    match = STAMP.match(text.strip())
    if not match:
        return None
    day, clock, zone = match.groups()
    try:
        if re.fullmatch(r"[+-]\d\d:?\d\d", zone):
            return datetime.datetime.fromisoformat(f"{day}T{clock}{zone}")
        when = datetime.datetime.fromisoformat(f"{day}T{clock}")
        return when.replace(tzinfo=zoneinfo.ZoneInfo(zone) if zone else datetime.UTC)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return read_stamp(f"{day} {clock}") if zone else None

"""One student's entries as a Submission: what was handed in, when, and what there is to say about it.

Of all hand-ins of a student the latest counts, week by week.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import zipfile
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.course.weeks import Course, Week
from grader.intake import reader
from grader.intake.blackboard import BLACKBOARD, attempt_time
from grader.intake.choosing import place
from grader.intake.entries import (
    MANIFEST,
    TIME_STAMP,
    HandIn,
    Piece,
    Refused,
    as_text,
    is_system,
    limit_of,
    note,
    readable,
)
from grader.intake.folders import read_archive, read_file, read_folder, refuse_odd
from grader.intake.names import LONGEST, Owner, begins_with_owner, display_name, week_named
from grader.intake.owners import Student
from grader.intake.reader import Reader
from grader.intake.submission import Received, Submission
from grader.outcomes import Finding

MOST_NOTES = 40
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1990, 2200))
"""Between these a time in an archive is one. What leaves times out writes 1970 or 1980; a header holds any number."""
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(\S*)")


class Request(msgspec.Struct, frozen=True):
    """One student to be read."""

    root: str
    week: str | None
    """The week that is asked for, by its folder's name."""
    id: str
    student: Student
    listed: bool
    """Whether there is a roster."""
    stamped: bool
    """Whether nbgrader has written timestamp.txt."""
    late_marked: bool
    """Whether the LMS marks who is late: then who is not marked was in time."""


def main(seconds: float) -> None:
    """Answer requests, as the process that reads."""
    reader.serve(lambda data: msgspec.msgpack.encode(read(msgspec.msgpack.decode(data, type=Request))), seconds)


def read_apart(request: Request, by: Reader | None = None) -> Submission:
    """Return a student's submission, read in a process that can be ended."""
    try:
        return msgspec.msgpack.decode((by or reader.reader()).ask(msgspec.msgpack.encode(request)), type=Submission)
    except reader.TookTooLong:
        problem = note("intake_took_too_long", seconds=reader.SECONDS)
    except reader.Died as died:
        problem = note("intake_failed", problem=f"exit code {died}")
    result = _blank(request)
    result.problem = problem
    return result


@functools.cache
def _course(root: str) -> Course:
    return Course(Path(root))


def _blank(request: Request) -> Submission:
    one = request.student
    result = Submission(request.id, display_name(one.person.name if one.person else one.name), notes=list(one.notes))
    if one.person:
        result.learn(one.person)
    result.entry = as_text(os.path.basename(os.fsdecode(one.entries[0].path))) if one.entries else ""
    numbers = [entry.owner.id for entry in one.entries if entry.owner.system == "canvas" and entry.owner.id.isdigit()]
    result.canvas = result.canvas or next(iter(numbers), "")
    result.stranger = request.listed and one.person is None
    if result.stranger:
        result.notes.append(Finding("intake_not_in_roster"))
    return result


def read(request: Request) -> Submission:
    """Return a student's submission; whatever is wrong with it is said in it."""
    one, course = request.student, _course(request.root)
    asked = course.week(request.week) if request.week else None
    result = _blank(request)
    if one.problem or not one.entries:
        result.problem = one.problem or Finding("intake_missing")
        return result
    try:
        archives = [
            path
            for entry in one.entries
            if entry.kind == "archive" and (path := Path(os.fsdecode(entry.path))).is_file()
        ]
        if any(map(_is_download, archives)):
            return replace(result, problem=note("intake_unpack", file=readable(result.entry)))
        _gather(result, _hand_ins(one), course, asked, request)
    except Exception as error:  # noqa: BLE001 - a fault of ours with one submission must not stop the class
        result.files = {}
        result.problem = note("intake_failed", problem=readable(f"{type(error).__name__}: {error}"))
    if len(result.notes) > MOST_NOTES:
        result.notes[MOST_NOTES:] = [note("intake_more", count=len(result.notes) - MOST_NOTES)]
    return result


def _is_download(path: Path) -> bool:
    """Whether a zip is what an LMS gives a teacher: everything in it is named for a user, of two or more."""
    with contextlib.suppress(OSError, ValueError, NotImplementedError, zipfile.BadZipFile), zipfile.ZipFile(path) as it:
        names = {name.partition("/")[0][:LONGEST] for name in it.namelist()}
        found = [BLACKBOARD.fullmatch(name) or begins_with_owner(name, False) for name in names if not is_system(name)]
        return all(found) and len({match["id"] for match in found if match}) > 1
    return False


def _hand_ins(one: Student) -> list[tuple[Owner, HandIn]]:
    """Read what a student handed in, the oldest first: each folder, each archive, all single files together."""
    read = {"folder": read_folder, "archive": read_archive}
    found = [
        (entry.owner, read[entry.kind](Path(os.fsdecode(entry.path)))) for entry in one.entries if entry.kind in read
    ]
    of_students = [entry for entry in one.entries if entry.kind == "file" and entry.owner.file]
    files = [(Path(os.fsdecode(entry.path)), entry.owner) for entry in of_students]
    if files:
        late = any(owner.late for _, owner in files)
        found.append((replace(files[0][1], late=late, week=""), _read_files(files)))
    for owner, hand_in in found:
        if owner.week:
            hand_in.pieces = [replace(piece, parts=(owner.week, *piece.parts)) for piece in hand_in.pieces]
    return sorted(found, key=lambda pair: (pair[0].order, pair[1].received, pair[1].label))


def _read_files(files: list[tuple[Path, Owner]]) -> HandIn:
    """Read single files as one hand-in."""
    hand_in = HandIn(label=readable(files[0][0].name))
    for path, owner in files:
        try:
            refuse_odd(os.lstat(path).st_mode, path.name)
            limit = limit_of(path.name)
            if limit is None:
                raise Refused("intake_kind", file=path.name)
            data, stamp = read_file(path, path.name, limit)
            parts = (owner.week, owner.file) if owner.week else (owner.file,)
            hand_in.add(Piece(parts, data, stamp, stamp, owner.order, called=owner.called))
        except Refused as refused:
            hand_in.refused.append(refused.finding)
    hand_in.received = max((piece.received for piece in hand_in.pieces), default=0)
    return hand_in


def _gather(
    result: Submission, hand_ins: list[tuple[Owner, HandIn]], course: Course, asked: Week | None, request: Request
) -> None:
    """Fill in the modules of every week from the latest hand-in that has the week."""
    labels: dict[str, str] = {}
    problems: list[Finding] = []
    for owner, hand_in in hand_ins:
        placed = place(hand_in, course.weeks, asked)
        result.notes += placed.notes + placed.left_out + _claims(hand_in, result)
        problems += hand_in.refused + ([hand_in.problem] if hand_in.problem else [])
        for week, files in placed.files.items():
            if week in labels:
                result.notes.append(note("intake_later", week=week, taken=hand_in.label, other=labels[week]))
            labels[week], result.files[week] = hand_in.label, files
            said = _stamp_of(result, hand_in, week, course)
            stamp, claimed = (said, None) if request.stamped else (None, said)
            received = _received(owner, hand_in, placed.sources[week], stamp, request.late_marked)
            result.received[week] = replace(received, claimed=claimed)
        result.notebooks |= placed.notebooks
    if any(one.clock == "late" for one in result.received.values()):
        result.notes.append(Finding("intake_marked_late"))
    if result.files:
        result.notes += problems
        return
    in_cells = [one for one in result.notes if one.key in ("intake_cell", "intake_cell_of_text")]
    problems = problems or in_cells[-1:] or [_nothing(course, asked, [hand_in for _, hand_in in hand_ins])]
    result.problem = problems[-1]
    result.notes = [one for one in result.notes if one is not result.problem] + problems[:-1]


def _received(
    owner: Owner, hand_in: HandIn, pieces: list[Piece], stamp: datetime | None, late_marked: bool
) -> Received:
    """Return when a week was handed in, and what says so: the first that there is."""
    order = max(piece.order for piece in pieces) or owner.order
    on_disk = datetime.fromtimestamp(int(max(piece.received for piece in pieces)), UTC)
    told = _inside(hand_in, pieces)
    if stamp:
        return Received(stamp, "stamp")
    if owner.system == "blackboard" and (when := attempt_time(order)):
        return Received(when.astimezone(), "attempt", when)
    if owner.system == "canvas" and late_marked:
        return Received(on_disk, "late" if owner.late else "in time", told)
    return Received(on_disk, "archive" if told else "file", told)


def _inside(hand_in: HandIn, pieces: list[Piece]) -> datetime | None:
    """Return when files of one archive were packed or last changed; None where it does not tell.

    The clock of a zip is the student's, without a zone.
    """
    latest, packed = max(piece.changed for piece in pieces), {piece.packed for piece in pieces}
    if packed not in ({"zip"}, {"tar"}) or not EARLIEST < latest < LATEST:
        return None
    when = datetime.fromtimestamp(int(latest), UTC)
    return _made(hand_in, pieces) or (when.replace(tzinfo=None) if packed == {"zip"} else when)


def _nothing(course: Course, asked: Week | None, hand_ins: list[HandIn]) -> Finding:
    if asked:
        others = sorted({week for hand_in in hand_ins for week in place(hand_in, course.weeks, None).files})
        if others:
            return note("intake_other_week", week=asked.name, found=", ".join(others))
    weeks = [asked] if asked else course.weeks
    wanted = ", ".join(f"{week.name}/{exercise.name}.py" for week in weeks[:1] for exercise in week.exercises)
    return note("intake_nothing", wanted=wanted + (", …" if len(weeks) > 1 else ""))


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
                found.append(note("intake_claims", claimed=readable(claimed)))
    return found


def _stamp_of(result: Submission, hand_in: HandIn, week: str, course: Course) -> datetime | None:
    """Return the time in the timestamp.txt beside a week, and note one that cannot be read."""
    text = _stamp_text(hand_in, week, course.weeks)
    stamp = read_stamp(text)
    if text and not stamp:
        result.notes.append(note("intake_stamp_unreadable", week=week, said=readable(text)))
    return stamp


def _stamp_text(hand_in: HandIn, week: str, weeks: list[Week]) -> str:
    """Return what the timestamp.txt beside a week says; "" where there is none."""
    own = (
        one
        for one in hand_in.pieces
        if one.name == TIME_STAMP
        and len(one.parts) == 2
        and getattr(week_named(one.parts[0], weeks), "name", week) == week
    )
    return next((one.data.decode("utf-8", "replace").strip() for one in own), "")


def _made(hand_in: HandIn, pieces: list[Piece]) -> datetime | None:
    """Return when `make submit` packed these files, by the manifest beside them; None when none says so."""
    for piece in hand_in.pieces:
        folder = piece.parts[:-1]
        if piece.name == MANIFEST and all(one.parts[: len(folder)] == folder for one in pieces):
            with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
                made = datetime.fromisoformat(json.loads(piece.data)["made"])
                return made if made.tzinfo else None
    return None


def read_stamp(text: str) -> datetime | None:
    """Read nbgrader's "2026-03-01 23:59:59.123456 UTC"; None when it is no time. An unknown zone counts as UTC."""
    match = STAMP.match(text.strip())
    if not match:
        return None
    day, clock, zone = match.groups()
    try:
        if re.fullmatch(r"[+-]\d\d:?\d\d", zone):
            return datetime.fromisoformat(f"{day}T{clock}{zone}")
        when = datetime.fromisoformat(f"{day}T{clock}")
        return when.replace(tzinfo=zoneinfo.ZoneInfo(zone) if zone else UTC)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return read_stamp(f"{day} {clock}") if zone else None

"""Names: whose a file is, which week and exercise it is for, and ids that are safe as folder names.

Canvas: lastnamefirst_LATE_12345_67890_attention-1.py, and LATE_anon_x1Yz2_67890_attention.py where names are hidden.
Moodle: Firstname Lastname_123456_assignsubmission_file_attention.py.
Blackboard: Title of the assignment_user_attempt_2026-03-01-23-59-59_attention.py, which `blackboard` reads.
The LMS writes the owner first and then the name that the student chose, so the first place that reads as an owner is
the owner.

What an LMS tells and where that is read, for who teaches the intake another one:

    what             Canvas              Moodle              Blackboard          read in
    names of         files               files, folders      files               begins_with_owner, blackboard.py
    the id is        its own number of   a number of no      the user, as on     owners._find, reading._blank
                     a user              user                the roster
    the name is      as shown there      as shown there      the user again      owners._find
    resubmission     helper-1.py         -                   a later time        Owner.order
    it was late      _LATE_              -                   -                   collecting.each, reading._received
    it came at       -                   -                   the time            reading._received
    a whole class    a zip               a zip               a zip               reading._is_download, messages.toml

What says when is a Clock (submission.py); clocks.py settles how far it is believed. The tests: an export in
test_intake.py, what a student may call a file in test_intake_owners.py, times in test_intake_lateness.py, a whole class
in test_intake_limits.py.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import msgspec

from grader.course.weeks import Course, Week
from grader.intake.entries import ARCHIVES, readable

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)
CANVAS = re.compile(
    # Not "Week_5" of the user 20261001 in Blackboard: Week_5_20261001_attempt_2026-03-01-…
    r"(?P<name>.+?)(?P<late>_late)?_(?P<id>\d+)_\d+_(?!attempt_\d{4}-)(?P<file>.+)",
    re.IGNORECASE | re.DOTALL,
)
ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<id>anon_[A-Za-z0-9]+)_\d+_(?P<file>.+)", re.DOTALL)
FOREIGN = tuple(
    f".{ending}"
    for ending in "rar 7z gz bz2 xz zst txt pdf doc docx odt rtf html htm md json png jpg jpeg heic csv".split()
)
"""Endings of files that are not read."""
LONGEST = 255
"""Characters of a name on disk; what is longer, no pattern is asked about."""
COPY = re.compile(r"(?:\s*\((\d+)\)|[-_](\d+)|[\s_-]*(?:copy|副本)\s*\(?(\d*)\)?)$", re.IGNORECASE)
COPY_BEFORE = re.compile(r"^(?:copy of|副本)[\s_-]*", re.IGNORECASE)
WEEK = re.compile(r"week[\s_-]?0*(\d{1,2})(?!\d)", re.IGNORECASE)
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}
"""What Windows takes for a device, whatever follows a dot."""
OURS = {
    "grades.csv",
    "canvas.csv",
    "report.html",
    "feedback-canvas.zip",
    "feedback-moodle.zip",
    "anonymous.csv",
    "gradebook.db",
    "source",
    "release",
    "autograded",
    "feedback",
}
"""What stands beside the students' folders when they are graded."""
ID_BYTES = 80


class Owner(msgspec.Struct, frozen=True):
    """What the name of an entry tells."""

    id: str
    """As the entry has it; not yet safe."""
    name: str
    file: str
    """What a single file is called, without owner and mark of a resubmission; "" for a text of the LMS's own."""
    week: str = ""
    """Folder name of the week that an archive or file is named for."""
    late: bool = False
    order: int = 0
    """The last hand-in has the highest: Canvas's mark of a resubmission, or Blackboard's time, 20260301235959."""
    called: str = ""
    """What a file is called where two of a student's may have one name."""
    system: str = ""
    """"canvas" or "moodle" where that named it: the name is then the student's, and the number the system's own;
    "blackboard", where the id is the user's name.
    """
    in_doubt: bool = False
    """Whether it may as well be another user's; the name is then all that stands before Blackboard's time."""


def owner_of(entry: str, is_folder: bool, course: Course) -> Owner:
    """Read the name of a submission's folder or file, other than Blackboard's, whose names tell more together."""
    match = begins_with_owner(entry, is_folder)
    if match:
        parts, system = match.groupdict(), "moodle" if match.re is MOODLE else "canvas"
        file, order = _without_resubmission(parts["file"]) if system == "canvas" else (parts["file"], 0)
        name = (parts.get("name") or parts["id"]).strip()
        return Owner(parts["id"], name, file, "", bool(parts.get("late")), order, parts["file"], system)
    if is_folder:
        return Owner(entry, entry, "")
    return _plain_owner(entry, course)


def begins_with_owner(entry: str, is_folder: bool) -> re.Match[str] | None:
    """Return what Moodle or Canvas wrote, the first place that reads as an owner."""
    patterns = (MOODLE,) if is_folder else (MOODLE, ANONYMOUS, CANVAS)
    found = [match for pattern in patterns if (match := pattern.fullmatch(entry))]
    return min(found, key=lambda match: match.start("id"), default=None)


def _without_resubmission(file: str) -> tuple[str, int]:
    """Return a file of Canvas's without the mark of a resubmission, and its number: helper.py and 1 for helper-1.py.

    What can be imported as it stands is its own name: utils_2.py.
    """
    stem = stem_of(file)
    plain, number = without_copy_mark(stem)
    return file if stem.isidentifier() else plain + file[len(stem) :], number


def _plain_owner(entry: str, course: Course) -> Owner:
    """Read alice.zip, alice_week05.zip, alice_attention.py, attention_alice.py or alice (1).ipynb."""
    ending = entry[len(stem_of(entry)) :]
    student, order = _without_download(_bare(entry))
    week = exercise = ""
    for _ in range(2):  # a name may tell the week and the exercise, in either order
        student, told = _take_off(student, course, is_packed=ending.lower() in ARCHIVES)
        known = week_named(told, course.weeks)
        week, exercise = (known.name, exercise) if known else (week, told or exercise)
    return Owner(student, student, f"{exercise or student}{ending}", week, order=order)


def _take_off(text: str, course: Course, is_packed: bool) -> tuple[str, str]:
    """Return a name without the longest week or exercise at its end or beginning, and what that was; "" for nothing.

    An archive is named for a week, never for an exercise. What is nothing but a week or an exercise stays.
    """
    freely = {match.group() for match in WEEK.finditer(text) if week_named(match.group(), course.weeks)}
    exercises = set() if is_packed else {exercise.name for week in course.weeks for exercise in week.exercises}
    known = [] if is_of_course(text, course) else [*freely, *exercises, *(week.name for week in course.weeks)]
    found = ((_without(text, name), name) for name in sorted(known, key=lambda name: (-len(name), name)))
    return next(((shorter, name) for shorter, name in found if shorter not in ("", text)), (text, ""))


def _bare(entry: str) -> str:
    """Return the name of a file without its ending, also of one that is not read: alice of alice.rar."""
    stem = stem_of(entry)
    for ending in FOREIGN:
        if stem == entry and entry.lower().endswith(ending) and len(entry) > len(ending):
            stem = stem_of(entry[: -len(ending)])
    return stem


def is_of_course(stem: str, course: Course) -> bool:
    """Whether a name is that of a week or an exercise, and so of no student."""
    known = {name for week in course.weeks for name in (week.name, *(exercise.name for exercise in week.exercises))}
    return stem in known or (WEEK.fullmatch(stem) is not None and week_named(stem, course.weeks) is not None)


def _without_download(stem: str) -> tuple[str, int]:
    """Take the mark of a repeated download off; "alice-1" may be somebody's id, "alice (1)" is not."""
    match = re.search(r"\s*\((\d{1,3})\)$", stem)
    return (stem[: match.start()], int(match.group(1))) if match and match.start() else (stem, 0)


def _without(text: str, hint: str) -> str:
    """Take `hint` and its separator off the end or the beginning."""
    quoted = re.escape(hint)
    shorter = re.sub(rf"[\s_.-]+{quoted}$", "", text, flags=re.IGNORECASE)
    return shorter if shorter != text else re.sub(rf"^{quoted}[\s_.-]+", "", text, flags=re.IGNORECASE)


def stem_of(name: str) -> str:
    """Return a file name without its ending; .tar.gz is one ending."""
    for ending in (".tar.gz", ".tgz", ".tar", ".zip", ".py", ".ipynb"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def without_copy_mark(stem: str) -> tuple[str, int]:
    """Return "attention" and 1 for "attention(1)", "attention-1", "attention copy", "Copy of attention"."""
    if len(stem) > LONGEST:
        return stem, 0
    number = 0
    match = COPY.search(stem)
    if match and match.start():
        digits = next((group for group in match.groups() if group), "1")
        stem, number = stem[: match.start()], int(digits[:4])
    before = COPY_BEFORE.sub("", stem)
    return (before, number or 1) if before and before != stem else (stem, number)


def exercise_named(stem: str, week: Week) -> tuple[str, int] | None:
    """Return the exercise of `week` that a file is called for, and the number of its copy."""
    known = {exercise.name.casefold(): exercise.name for exercise in week.exercises}
    if stem in known:
        return known[stem], 0
    for text, number in ((stem, 0), without_copy_mark(stem)):
        name = known.get(re.sub(r"[\s-]+", "_", text.strip().casefold()))
        if name:
            return name, number
    return None


def week_named(part: str, weeks: list[Week]) -> Week | None:
    """Return the week that a folder or notebook is called for: week05_attention, Week 5, week05(1)."""
    match = WEEK.match(part)
    number = int(match.group(1)) if match else -1
    return next((week for week in weeks if part == week.name or int(week.number) == number), None)


def safe_ids(raw: list[str]) -> dict[str, str]:
    """Give every id a name that any file system takes, and no two names that any file system takes for one.

    An id that is safe and alone stays as it is. Of several that fold to the same name, the one that is that name stays
    too, so that a folder "Ann" does not rename ann; the others get a piece of their digest.
    """
    folded: dict[str, list[str]] = {}
    for one in sorted(set(raw)):
        folded.setdefault(fold(_safe(one)), []).append(one)
    ids: dict[str, str] = {}
    taken = set(folded)
    for name, group in folded.items():
        for one in group:
            ids[one] = _safe(one)
            digest = hashlib.sha256(one.encode("utf-8", "surrogateescape")).hexdigest()
            for length in (8, 64) if len(group) > 1 and one != name else ():
                ids[one] = f"{_safe(one)}-{digest[:length]}"
                if fold(ids[one]) not in taken:
                    break
            taken.add(fold(ids[one]))
    return ids


def fold(text: str) -> str:
    """Return what names have in common that some file system takes for one."""
    return unicodedata.normalize("NFKC", text).casefold()


def _safe(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char if char.isalnum() or char in "-_.@+" else "_" for char in text)
    while len(text.encode()) > ID_BYTES:
        text = text[:-1]
    text = text.strip("._-") or "student"
    return f"{text}_" if text.partition(".")[0].casefold() in RESERVED or text.casefold() in OURS else text


def display_name(text: str) -> str:
    """Return a student's name as it may be shown."""
    return " ".join(readable(text).replace("\N{REPLACEMENT CHARACTER}", "").split()) or "?"

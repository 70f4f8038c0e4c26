"""Names: whose a file is, which week and exercise it is for, and ids that are safe as folder names.

Canvas: lastnamefirst_LATE_12345_67890_attention-1.py. Moodle: Firstname Lastname_123456_assignsubmission_file_.
Knows nothing of contents.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import msgspec

from grader.course.weeks import Course, Week
from grader.intake.entries import ARCHIVES, shown

MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+?)(?P<late>_late)?_(?P<id>\d+)_\d+_(?P<file>.+)", re.IGNORECASE | re.DOTALL)
COPY = re.compile(r"(?:\s*\((\d+)\)|[-_](\d+)|[\s_-]*(?:copy|副本)\s*\(?(\d*)\)?)$", re.IGNORECASE)
COPY_BEFORE = re.compile(r"^(?:copy of|副本)[\s_-]*", re.IGNORECASE)
WEEK = re.compile(r"week[\s_-]?0*(\d{1,2})(?!\d)", re.IGNORECASE)
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}
"""What Windows takes for a device, whatever follows a dot."""
OURS = {"grades.csv", "canvas.csv", "report.html", "gradebook.db", "source", "release", "autograded", "feedback"}
"""What stands beside the students' folders when they are graded."""
ID_BYTES = 80


class Owner(msgspec.Struct, frozen=True):
    """What the name of an entry tells."""

    id: str
    """As the entry has it; not yet safe."""
    name: str
    file: str
    """What the file is called apart from its owner, for single files."""
    week: str = ""
    """Folder name of the week that an archive or file is named for."""
    late: bool = False
    attempt: int = 0
    exported: bool = False
    """Whether Canvas or Moodle named it: the name then tells more than the number."""


def owner_of(entry: str, is_folder: bool, course: Course) -> Owner:
    """Read the name of a submission's folder or file."""
    match = MOODLE.fullmatch(entry) or (None if is_folder else CANVAS.fullmatch(entry))
    if match:
        parts = match.groupdict()
        _, attempt = without_copy_mark(stem_of(parts["file"]))
        return Owner(parts["id"], parts["name"].strip(), parts["file"], "", bool(parts.get("late")), attempt, True)
    if is_folder:
        return Owner(entry, entry, "")
    return _plain_owner(entry, course)


def _plain_owner(entry: str, course: Course) -> Owner:
    """Read alice.zip, alice_week05.zip, alice_attention.py, attention_alice.py or alice (1).ipynb."""
    stem, ending = stem_of(entry), entry[len(stem_of(entry)) :]
    student, attempt = _attempt(stem)
    exercises = set() if ending.lower() in ARCHIVES else {item.name for one in course.weeks for item in one.exercises}
    week = exercise = ""
    for _ in range(2):
        if is_of_course(student, course):
            break
        hints = {*(one.name for one in course.weeks), *exercises, *(match.group() for match in WEEK.finditer(student))}
        for hint in sorted(hints, key=lambda text: (-len(text), text)):
            shorter, known = _without(student, hint), week_named(hint, course.weeks)
            if shorter not in ("", student) and (known or hint in exercises):
                student, week, exercise = shorter, known.name if known else week, exercise if known else hint
                break
    return Owner(student, student, f"{exercise or student}{ending}", week, attempt=attempt)


def is_of_course(stem: str, course: Course) -> bool:
    """Whether a name is that of a week or an exercise, and so of no student."""
    known = {name for week in course.weeks for name in (week.name, *(exercise.name for exercise in week.exercises))}
    return stem in known or (WEEK.fullmatch(stem) is not None and week_named(stem, course.weeks) is not None)


def _attempt(stem: str) -> tuple[str, int]:
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

    An id that is safe and alone stays as it is; one of several that fold to the same name gets a piece of its digest.
    """
    folded: dict[str, list[str]] = {}
    for one in sorted(set(raw)):
        folded.setdefault(_fold(_safe(one)), []).append(one)
    ids: dict[str, str] = {}
    taken = set(folded)
    for group in folded.values():
        for one in group:
            ids[one] = _safe(one)
            digest = hashlib.sha256(one.encode("utf-8", "surrogateescape")).hexdigest()
            for length in (8, 64) if len(group) > 1 else ():
                ids[one] = f"{_safe(one)}-{digest[:length]}"
                if _fold(ids[one]) not in taken:
                    break
            taken.add(_fold(ids[one]))
    return ids


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _safe(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char if char.isalnum() or char in "-_.@+" else "_" for char in text)
    while len(text.encode()) > ID_BYTES:
        text = text[:-1]
    text = text.strip("._-") or "student"
    return f"{text}_" if text.partition(".")[0].casefold() in RESERVED or text.casefold() in OURS else text


def shown_name(text: str) -> str:
    """Return a student's name as it may be shown."""
    return " ".join(shown(text).replace("\N{REPLACEMENT CHARACTER}", "").split()) or "?"

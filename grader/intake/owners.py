"""Whose the entries of a folder of submissions are: by their names, and by the roster where there is one.

A name is partly the student's own: a file's name, and in many systems the name shown. So nobody is given an entry on
which name and number disagree, or which two users of the system claim: it stands alone, and a person looks at it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import msgspec

from grader.course.weeks import Course
from grader.intake.blackboard import owners_in
from grader.intake.entries import Refused, as_text, is_archive, is_system, readable
from grader.intake.names import Owner, fold, is_of_course, owner_of, week_named
from grader.intake.roster import Person, Roster
from grader.outcomes import Finding

NOBODYS = {"class.toml", "dataset.toml", "roster.csv", "readme.md", "readme.zh-cn.md", "license"}
"""Files beside submissions that are nobody's."""


class FolderEntry(msgspec.Struct, frozen=True):
    """One entry of the folder."""

    path: bytes
    """As the disk has it, in whatever encoding."""
    kind: str
    """"folder", "archive" or "file"."""
    owner: Owner


class Student(msgspec.Struct):
    """The entries of one student."""

    name: str
    person: Person | None = None
    entries: list[FolderEntry] = []
    notes: list[Finding] = []
    problem: Finding | None = None
    """Why it cannot be told whose this is."""


def students_in(folder: Path, course: Course, people: Roster | None, roster: Path | None) -> dict[str, Student]:
    """Group the entries of a folder by student, by ids as they are found; everybody on the roster is among them."""
    found: dict[str, Student] = {}
    entries = _entries(folder, course, roster and roster.resolve(), people)
    names = _names_by_number(entries)
    for entry in entries:
        owner = entry.owner
        person, note, problem = _find(people, owner) if people else (None, None, None)
        namesakes = names[fold(owner.id)]
        shared = person is None and problem is None and len(namesakes) > 1
        stands_alone = shared or problem is not None
        raw = person.id if person else f"{owner.id} {owner.name}" if stands_alone and owner.system else owner.id
        one = found.setdefault(raw, Student(owner.name, person, problem=problem))
        one.entries.append(entry)
        one.notes += [note] if note and note not in one.notes else []
        if shared:
            listed = ", ".join(map(readable, sorted(namesakes)))
            one.notes = [Finding("intake_shared_number", {"number": owner.id, "names": listed})]
    for person in people.people if people else []:
        found.setdefault(person.id, Student(person.name, person))
    _part_claims(found)
    if not people:
        _note_zeros(found)
    return found


def _entries(folder: Path, course: Course, listed: Path | None, people: Roster | None) -> list[FolderEntry]:
    found, scanned = [], sorted(os.scandir(folder), key=lambda one: one.name)
    of_blackboard = owners_in([as_text(one.name) for one in scanned if not one.is_dir(follow_symlinks=False)], people)
    for entry in scanned:
        if is_system(entry.name) or entry.name.lower() in NOBODYS or folder.resolve() / entry.name == listed:
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        kind = "folder" if is_folder else "archive" if is_archive(entry.name) else "file"
        name = as_text(entry.name)
        owner = (not is_folder and of_blackboard.get(name)) or _owner(folder, name, is_folder, course)
        found.append(FolderEntry(os.fsencode(entry.path), kind, owner))
    return found


def _owner(folder: Path, name: str, is_folder: bool, course: Course) -> Owner:
    """Read an entry's name; what is called as in the course itself belongs to one student, named as the folder is."""
    owner = owner_of(name, is_folder, course)
    if not owner.system and is_of_course(owner.id, course):
        own, week = as_text(folder.resolve().name), week_named(owner.id, course.weeks)
        return Owner(own, own, name, week.name if week else owner.week)
    return owner


def _names_by_number(entries: list[FolderEntry]) -> dict[str, set[str]]:
    """Return which names bear each number or id: more than one where somebody uses another's, or by chance."""
    names: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        names[fold(entry.owner.id)].add(fold(entry.owner.name if entry.owner.system else entry.owner.id))
    return names


def _find(people: Roster, owner: Owner) -> tuple[Person | None, Finding | None, Finding | None]:
    """Return who on the roster an owner is, what to note, and why it cannot be told."""
    if owner.in_doubt:
        return None, None, Refused("intake_doubtful_user", name=owner.name, user=owner.id).finding
    if owner.system in ("", "blackboard"):
        person = people.user(owner.id) if owner.system else people.find(owner.id)
        if person is None and (person := people.without_zeros(owner.id)):
            return person, Finding("intake_zeros", {"given": owner.id, "id": person.id}), None
        return person, None, None
    named = people.find(owner.name)
    numbered = people.by_number(owner.id) if owner.system == "canvas" else None  # Moodle's is no number of a user
    if named and numbered and named.id != numbered.id:
        return None, None, _disagreement(owner, named.name, numbered.name)
    if named and named.canvas not in ("", owner.id):
        return None, None, _disagreement(owner, named.name, "-")
    if numbered and not named:
        if numbered.name != numbered.id:
            return None, None, _disagreement(owner, owner.name, numbered.name)
        return numbered, None, None  # the roster has no names
    return named, None, None


def _disagreement(owner: Owner, named: str, numbered: str) -> Finding:
    return Refused("intake_disagree", name=owner.name, number=owner.id, named=named, numbered=numbered).finding


def _part_claims(found: dict[str, Student]) -> None:
    """Take entries from a student whom two users of the system claim to be by their names."""
    for raw, one in list(found.items()):
        numbers = {entry.owner.id for entry in one.entries if entry.owner.system}
        if len(numbers) < 2 or one.person is None:
            continue
        listed = {"name": one.name, "numbers": ", ".join(sorted(numbers))}
        for number in numbers:
            theirs = [entry for entry in one.entries if entry.owner.system and entry.owner.id == number]
            name, problem = theirs[0].owner.name, Finding("intake_two_claim", listed)
            found[f"{number} {name}"] = Student(name, None, theirs, problem=problem)
        one.entries = [entry for entry in one.entries if not entry.owner.system]
        found[raw].problem = None if one.entries else Finding("intake_two_claim", listed)


def _note_zeros(found: dict[str, Student]) -> None:
    """Note ids that differ only by zeros before them: a spreadsheet has probably dropped them from one."""
    bare: dict[str, list[str]] = defaultdict(list)
    for raw in found:
        if raw.isdigit():
            bare[raw.lstrip("0")].append(raw)
    for group in bare.values():
        for raw in group if len(group) > 1 else ():
            others = ", ".join(other for other in group if other != raw)
            found[raw].notes.append(Finding("intake_zeros_apart", {"id": raw, "others": others}))

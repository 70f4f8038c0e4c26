"""The roster: who takes the course.

A CSV file of id, first name, last name and e-mail, in any order, under any of their usual names.
Knows nothing of submissions.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from pathlib import Path

import msgspec

from grader.errors import UserError
from grader.intake.names import shown_name

COLUMNS = {
    "id": "id studentid student sisuserid sisid sisloginid loginid login username idnumber 学号".split(),
    "canvas": "canvasid canvasuserid".split(),
    "first": "firstname first givenname given forename 名 名字".split(),
    "last": "lastname last surname familyname family 姓 姓氏".split(),
    "name": "name fullname studentname 姓名 student".split(),
    "email": "email emailaddress mail 邮箱 电子邮件 电子邮箱".split(),
}
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_BYTES = 10 << 20
SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}


class Person(msgspec.Struct, frozen=True):
    """One row."""

    id: str
    name: str
    email: str = ""
    keys: frozenset[str] = frozenset()
    """All that an export may call this person, folded."""
    first: str = ""
    last: str = ""
    """As the roster gives them; split from the name only where it has no other."""


class Roster:
    """Everybody who takes the course, found by whatever an export calls them."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        counts = Counter(key for person in people for key in person.keys)
        self._ids = {_fold(person.id): person for person in people}
        self._keys = {key: person for person in people for key in person.keys if counts[key] == 1}

    def find(self, *names: str) -> Person | None:
        """Return the one person whom the first of `names` that is known means; None when two could be meant."""
        for name in names:
            for table in (self._ids, self._keys):
                person = table.get(_fold(name)) or table.get(_squash(name))
                if person:
                    return person
        return None


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Raises:
        UserError: no file, no CSV, no column of ids, an id twice.
    """
    try:
        with path.open("rb") as file:
            rows = _rows(_text(file.read(MAX_BYTES)))
    except (OSError, csv.Error, UnicodeError) as error:
        problem = getattr(error, "strerror", None) or error
        raise UserError("roster_unreadable", path=path.name, problem=problem) from error
    header = rows[0] if rows else []
    columns = _columns(header)
    if "id" not in columns:
        raise UserError("roster_no_id", path=path.name, columns=", ".join(header) or "-")
    people = [person for row in rows[1:] if (person := _person(row, columns))]
    twice = [key for key, count in Counter(_fold(person.id) for person in people).items() if count > 1]
    if twice:
        raise UserError("roster_twice", path=path.name, id=", ".join(sorted(twice)))
    return Roster(people)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    for encoding in ENCODINGS[:-1]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode(ENCODINGS[-1])  # what Excel writes on a Chinese Windows


def _rows(text: str) -> list[list[str]]:
    if "\0" in text:
        raise csv.Error("NUL")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]


def _columns(header: list[str]) -> dict[str, int]:
    """Map what we need to the place of its column; the earlier of two usual names counts."""
    places = {_squash(cell): index for index, cell in reversed(list(enumerate(header)))}
    found = {}
    for field, names in COLUMNS.items():
        place = next((places[name] for name in names if name in places), None)
        if place is not None:
            found[field] = place
    return found


def _person(row: list[str], columns: dict[str, int]) -> Person | None:
    cell = {field: row[place] if place < len(row) else "" for field, place in columns.items()}
    if not cell["id"]:
        return None
    parts = (cell.get(field, "") for field in ("first", "last", "email", "name", "canvas"))
    return person_of(cell["id"], *parts)


def person_of(id_: str, first: str, last: str, email: str, name: str = "", canvas: str = "") -> Person:
    """Return a person with all that an export may call them."""
    whole = name or whole_name(first, last)
    called = [canvas, email, email.partition("@")[0], whole, first + last, last + first]
    if "," in whole:
        after, _, before = whole.partition(",")
        called.append(before + after)
    keys = frozenset(folded for text in called if (folded := _squash(text)))
    first, last = (first, last) if first or last else split_name(whole)
    first, last = (shown_name(part) if part else "" for part in (first, last))
    return Person(id_, shown_name(whole or id_), email, keys, first, last)


def whole_name(first: str, last: str) -> str:
    """Join a name as it is written: Chinese names are family name first, without a space."""
    return last + first if _is_chinese(first + last) else f"{first} {last}".strip()


def split_name(whole: str) -> tuple[str, str]:
    """Return first and last name of a whole one: "Last, First", Chinese, or with the last name as its last word."""
    before, comma, after = (part.strip() for part in whole.partition(","))
    if comma and _squash(after) not in SUFFIXES:
        return after, before
    if _is_chinese(whole):
        last, _, first = whole.partition(" ")
        return first.strip(), last
    first, _, last = before.rpartition(" ")
    return first.strip(), f"{last}, {after}" if after else last


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _squash(text: str) -> str:
    """Keep letters and digits only: exports drop the rest from names."""
    return "".join(char for char in _fold(text) if char.isalnum())

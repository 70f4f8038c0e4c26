"""The roster: who takes the course.

A CSV file of id, first name, last name and e-mail, in any order, under any of their usual names; or a list of people
from whoever knows them, such as a gradebook.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from grader.errors import UserError
from grader.intake.names import display_name, fold

COLUMNS = {
    "id": "id studentid student sisuserid sisid sisloginid loginid login username idnumber 学号".split(),
    "canvas": "canvasid canvasuserid".split(),
    "sis": "sisuserid sisid".split(),
    "login": "sisloginid loginid login username".split(),
    "section": "section 班级".split(),
    "lang": "lang language 语言".split(),
    "first": "firstname first givenname given forename 名 名字".split(),
    "last": "lastname last surname familyname family 姓 姓氏".split(),
    "name": "name fullname studentname 姓名 student".split(),
    "email": "email emailaddress mail 邮箱 电子邮件 电子邮箱".split(),
}
LANGUAGES = {"en": ("en", "英"), "zh": ("zh", "cn", "chinese", "中", "汉", "简体")}
"""How a cell begins that asks for a language."""
CANVAS_EXPORT = {"student", "id", "sisuserid"}
"""Columns by which a gradebook exported from Canvas is known: its "ID" is Canvas's own number of a user."""
TEST_STUDENT = {"studenttest", "teststudent"}
"""Canvas's student for trying things out, who takes no course."""
MAX_BYTES = 10 << 20
ODD_BYTES = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?:[\x80-\xff]{2})*+(?![\x80-\xff])")
MIXED = re.compile(r"[A-Za-z][\u3400-\u9fff]|[\u3400-\u9fff][A-Za-z]")
SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}


class Identity(msgspec.Struct, kw_only=True):
    """What is known of a student beside the name that is shown, from the roster, an export or an earlier run."""

    first: str = ""
    last: str = ""
    """As the roster gives them; split from the name only where it has no other."""
    email: str = ""
    canvas: str = ""
    """Canvas's number of this user."""
    sis: str = ""
    login: str = ""
    section: str = ""
    lang: str = ""
    """The language of the student's own reports: "en", "zh", or "" for that of the run."""

    def learn(self, other: Identity) -> None:
        """Take over what another one knows; what it does not know stays."""
        for field in IDENTITY:
            setattr(self, field, getattr(other, field) or getattr(self, field))


IDENTITY = Identity.__struct_fields__


class Person(Identity):
    """One row."""

    id: str
    name: str
    keys: frozenset[str] = frozenset()
    """All that an export may call this person, folded."""


def person(id: str, first: str = "", last: str = "", email: str = "", name: str = "", **more: str) -> Person:
    """Return somebody as a roster has them, known by id, e-mail, login and name; `more` are Canvas's columns."""
    whole = name or whole_name(first, last)
    called = [more.get("canvas", ""), more.get("sis", ""), more.get("login", ""), email, email.partition("@")[0]]
    called += [whole, first + last, last + first]
    if "," in whole:
        after, _, before = whole.partition(",")
        called.append(before + after)
    keys = frozenset(folded for text in called if (folded := _squash(text)))
    first, last = (first, last) if first or last else split_name(whole)
    first, last = (display_name(part) if part else "" for part in (first, last))
    return Person(id, display_name(whole or id), keys, email=email, first=first, last=last, **more)


class Roster:
    """Everybody who takes the course, found by whatever an export calls them."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self._ids = {_fold(person.id): person for person in people}
        self._keys = _only(people, lambda one: one.keys)
        self._bare = _only(people, lambda one: {_bare(one.id)})
        self._canvas = _only(people, lambda one: {one.canvas} - {""})

    def find(self, name: str) -> Person | None:
        """Return the one person whom a name means; None when it is unknown, or two could be meant."""
        keys = _fold(name), _squash(name)
        return next((table[key] for table in (self._ids, self._keys) for key in keys if key in table), None)

    def user(self, name: str) -> Person | None:
        """Return who has a name as a user: 1_5, which may stand behind the title Week, is not 15."""
        person = self.find(name)
        own = (person.id, person.login, person.email, person.email.partition("@")[0]) if person else ()
        return person if "_" not in name or _fold(name) in map(_fold, own) else None

    def without_zeros(self, number: str) -> Person | None:
        """Return whose id a number is but for zeros before it, which spreadsheets drop."""
        return self._bare.get(_bare(number)) if number.isdigit() else None

    def by_number(self, number: str) -> Person | None:
        """Return the user of Canvas who has this number; where the roster knows no such numbers, whose id it is."""
        return self._canvas.get(number) if self._canvas else self._ids.get(_fold(number))


def _only(people: list[Person], keys: Callable[[Person], Iterable[str]]) -> dict[str, Person]:
    """Return people by the keys that no two of them share."""
    counts = Counter(key for person in people for key in set(keys(person)))
    return {key: person for person in people for key in keys(person) if counts[key] == 1}


def _bare(number: str) -> str:
    return number.lstrip("0") if number.isdigit() else number


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Raises:
        UserError: no file, no CSV, no column of ids, nobody in it, somebody without an id, an id twice.
    """
    try:
        with path.open("rb") as file:
            rows = _rows(_text(file.read(MAX_BYTES)))
    except UnicodeError as error:
        raise UserError("roster_encoding", path=path.name) from error
    except (OSError, csv.Error) as error:
        problem = getattr(error, "strerror", None) or error
        raise UserError("roster_unreadable", path=path.name, problem=problem) from error
    header = rows[0] if rows else []
    columns = _columns(header)
    if "id" not in columns:
        raise UserError(
            "roster_no_id", path=path.name, columns=", ".join(header) or "-", known=", ".join(COLUMNS["id"])
        )
    people = [somebody for row in rows[1:] if (somebody := _person(row, columns))]
    bare = [f"{one.name} {one.email}".removeprefix("? ").strip() for one in people if not one.id]
    if bare:
        raise UserError("roster_row_no_id", path=path.name, rows="; ".join(bare[:10]))
    if not people:
        raise UserError("roster_empty", path=path.name)
    twice = [key for key, count in Counter(_fold(person.id) for person in people).items() if count > 1]
    if twice:
        raise UserError("roster_twice", path=path.name, id=", ".join(sorted(twice)))
    return Roster(people)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _spreadsheet_text(data)


def _spreadsheet_text(data: bytes) -> str:
    """Read what spreadsheets write on a Chinese Windows (GB18030) or a Western one (cp1252).

    In GB18030 nearly all Chinese characters are two bytes above 127, so those stand in even numbers; a Western accent
    is one such byte among letters, and read as GB18030 becomes a Chinese character that touches a Latin letter.

    Raises:
        UnicodeError: neither makes sense.
    """
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode("gb18030")
        if not ODD_BYTES.search(data) or not MIXED.search(text):
            return text
    text = data.decode("cp1252")
    if not ODD_BYTES.search(data) or any(
        not (char.isalpha() or char in "’‘“”–—…·´ª º°") for char in text if char > "\x7f"
    ):
        raise UnicodeError("UTF-8?")
    return text


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
    usual = {field: [places[name] for name in names if name in places] for field, names in COLUMNS.items()}
    found = {field: named[0] for field, named in usual.items() if named}
    if CANVAS_EXPORT <= set(places):
        found["canvas"] = places["id"]
    return found


def _person(row: list[str], columns: dict[str, int]) -> Person | None:
    cell = {field: row[place] if place < len(row) else "" for field, place in columns.items()}
    called = _squash(cell.get("name", ""))
    if called == "pointspossible" or ("canvas" in columns and (called in TEST_STUDENT or not cell["id"])):
        return None
    cell["lang"] = next(
        (lang for lang, begins in LANGUAGES.items() if _fold(cell.get("lang", "")).startswith(begins)), ""
    )
    found = person(cell["id"], **{field: cell.get(field, "") for field in ("name", *IDENTITY)})
    return found if found.id or found.email or found.name != "?" else None


def whole_name(first: str, last: str) -> str:
    """Join a name as it is written: Chinese names are family name first, without a space."""
    return last + first if _is_chinese(first + last) else f"{first} {last}".strip()


def sorted_name(first: str, last: str) -> str:
    """Join a name as Canvas's own gradebook has it: "Last, First", and a name of one part as it is."""
    return ", ".join(part for part in (last, first) if part)


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
    return fold(text).strip()


def _squash(text: str) -> str:
    """Keep letters and digits only: exports drop the rest from names."""
    return "".join(char for char in _fold(text) if char.isalnum())

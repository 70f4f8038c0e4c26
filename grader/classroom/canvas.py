"""A Canvas gradebook export, given back with the scores filled in and everything else as it was, byte for byte."""

from __future__ import annotations

import re
from pathlib import Path

from grader.errors import UserError
from grader.intake import Submission
from grader.intake.names import fold
from grader.intake.roster import sorted_name

CELLS = {
    delimiter: re.compile(rf'("(?:[^"]|"")*"|[^"{delimiter}\r\n]*)({delimiter}|\r\n|\n|\r|$)') for delimiter in ",;"
}
"""A cell and what ends it: Canvas writes semicolons for who asks for them, or whose language has decimal commas."""
FIRST = re.compile(r'(?:"(?:[^"]|"")*"|[^",;\r\n]*);')
"""A first cell before a semicolon."""
WEEK = re.compile(r"(?:week|周|第)[\s_-]*0*(\d{1,2})(?!\d)", re.IGNORECASE)
NUMBER = re.compile(r"\s*\(\d+\)\s*$")
"""Canvas's own number, behind an assignment's name."""
POINTS = re.compile(r"\d+([.,]\d+)?")
IDS = ("SIS User ID", "SIS Login ID", "ID", "Student")
"""The columns by which a student is found, the surest first."""
FIXED = {*IDS, "LastName", "FirstName", "Integration ID", "Root Account", "Section"}
EXCUSED = "ex"
BYTES = 50 << 20

Scores = dict[str, float | None]


class Template:
    """A gradebook that was exported from Canvas."""

    def __init__(self, path: Path, weeks: list[str]) -> None:
        try:
            text = path.read_bytes()[:BYTES].decode()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError("canvas_unreadable", path=path, problem=error) from error
        self.path = path
        self.mark, self.text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
        self.delimiter = ";" if FIRST.match(self.text) else ","
        self.rows = _rows(self.text, self.delimiter)
        head = [_value(self.text[start:end]) for start, end in self.rows[0]] if self.rows else []
        if not {"Student", "LastName"} & {*head} or not any(name in head for name in IDS[:3]):
            raise UserError("canvas_no_head", path=path)
        self.columns = {name: head.index(name) for name in IDS if name in head}
        self.names = [head.index(name) for name in ("Student", "LastName", "FirstName") if name in head]
        self.places = self._places(head, weeks)
        self.unknown = [week for week in weeks if week not in self.places]
        """Weeks without a column."""
        points = self._points()
        self.decimal = "," if any("," in text for text in points.values()) else "."
        self.worth = {week: float(points[at].replace(",", ".")) for week, at in self.places.items() if at in points}
        """The points that Canvas has for a week, where it says so."""
        self.excused: list[str] = []
        """Who stays excused from a week for which there is a score."""
        self.strangers: list[str] = []
        """Whom Canvas has, and we have not."""

    def _places(self, head: list[str], weeks: list[str]) -> dict[str, int]:
        """Find the column of each week: an assignment that is called as its folder, or has its number in its name."""
        found: dict[str, int] = {}
        for week in weeks:
            names = [(place, NUMBER.sub("", name)) for place, name in enumerate(head) if name not in FIXED]
            own = [place for place, name in names if name == week]
            own = own or [place for place, name in names if (m := WEEK.search(name)) and int(m[1]) == int(week[4:6])]
            own = [place for place in own if NUMBER.search(head[place])] or own  # totals have no number of Canvas's
            if len(own) > 1:
                raise UserError(
                    "canvas_two", path=self.path, week=week, columns=", ".join(head[place] for place in own)
                )
            if own:
                found[week] = own[0]
        return found

    def _points(self) -> dict[int, str]:
        """Return what Canvas says that its columns are worth, by their places."""
        top = [[_value(self.text[slice(*cell)]) for cell in row] for row in self.rows[1:4]]
        said = next((row for row in top if "points possible" in map(fold, row)), [])
        return {at: text for at, text in enumerate(said) if POINTS.fullmatch(text)}

    def fill(self, class_: list[tuple[Submission, Scores]]) -> tuple[bytes, list[str]]:
        """Return the file with the scores in it, and the students whom it does not have.

        A score that is not known, a week that was not handed in and an excuse leave the cell as it is.
        """
        by_key: dict[str, list[int]] = {}
        for number, (one, _) in enumerate(class_):
            names = one.name, sorted_name(one.first, one.last)
            for key in {fold(key) for key in (one.student, one.sis, one.login, one.canvas, one.email, *names) if key}:
                by_key.setdefault(key, []).append(number)
        out, place, seen = [self.mark], 0, set[int]()
        for row in self.rows[1:]:
            found = self._who(row, by_key)
            if found is None:
                self.strangers += self._name_of(row)
                continue
            seen.add(found)
            cells = [(row[at], class_[found][1].get(week)) for week, at in self.places.items() if at < len(row)]
            for (start, end), score in sorted(cells):
                if score is not None and fold(_value(self.text[start:end])) == EXCUSED:
                    self.excused.append(class_[found][0].student)
                elif score is not None:
                    shown = f"{score:.10g}".replace(".", self.decimal)
                    quote = '"' if self.text[start:end].startswith('"') or self.delimiter in shown else ""
                    out += [self.text[place:start], f"{quote}{shown}{quote}"]
                    place = end
        out.append(self.text[place:])
        return "".join(out).encode(), [one.student for number, (one, _) in enumerate(class_) if number not in seen]

    def _name_of(self, row: list[tuple[int, int]]) -> list[str]:
        """Return the name in a row about a person: not the assignments, nor the test student that Canvas adds."""
        places = self.columns.get("ID", 0), *self.names
        number, *name = (_value(self.text[slice(*row[at])]) if at < len(row) else "" for at in places)
        is_person = number.isdigit() and ", ".join(name) != "Student, Test"
        return [", ".join(name)] if is_person else []

    def _who(self, row: list[tuple[int, int]], by_key: dict[str, list[int]]) -> int | None:
        """Return the one student whom a row means, by the first of its ids that somebody has."""
        for at in self.columns.values():
            value = fold(_value(self.text[slice(*row[at])])) if at < len(row) else ""
            found = by_key.get(value) if value else None
            if found:
                return found[0] if len(found) == 1 else None
        return None


def _rows(text: str, delimiter: str) -> list[list[tuple[int, int]]]:
    """Return where every cell stands, row by row."""
    rows: list[list[tuple[int, int]]] = []
    row: list[tuple[int, int]] = []
    place = 0
    while place < len(text):
        match = CELLS[delimiter].match(text, place)
        if match is None:  # a quote inside a bare cell: nothing that Canvas writes
            raise UserError("canvas_quote", place=text.count("\n", 0, place) + 1)
        row.append(match.span(1))
        place = match.end()
        if match[2] != delimiter:
            rows.append(row)
            row = []
    return [*rows, row] if row else rows


def _value(cell: str) -> str:
    return (cell[1:-1].replace('""', '"') if cell.startswith('"') else cell).strip()

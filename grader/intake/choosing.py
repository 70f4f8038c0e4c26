"""From the files of one hand-in to the modules of each week: which file is which exercise, and which of several counts.

Knows nothing of students or of where the files came from.
"""

from __future__ import annotations

import re

import msgspec

from grader.course.weeks import Course, Exercise, Week
from grader.intake.entries import HandIn, Piece, Refused, shown
from grader.intake.names import exercise_named, stem_of, week_named
from grader.intake.notebooks import Notebook, read_notebook
from grader.outcomes import Finding

REASONS = ("written", "attempt", "received", "latest", "module", "nearer", "number")
"""Why one file counts and another does not, in the order in which it is asked: see Candidate.rank."""


class Candidate(msgspec.Struct, frozen=True):
    """A file that could be an exercise, as that exercise's module."""

    week: str
    exercise: str
    piece: Piece
    source: bytes
    begun: bool
    distance: int
    """Folders between the week's folder and the file."""
    number: int = 0
    """Of a copy: 1 for attention(1).py."""

    @property
    def rank(self) -> tuple[bool, int, int, int, bool, int, int]:
        piece, module = self.piece, self.piece.name.lower().endswith(".py")
        times = int(piece.received), int(piece.stamp)
        return (self.begun, piece.attempt, *times, module, -self.distance, self.number)


class Placed(msgspec.Struct):
    """Modules by week and file name, and when the latest of each week's files was received."""

    files: dict[str, dict[str, bytes]] = {}
    received: dict[str, float] = {}
    notes: list[Finding] = []

    def put(self, week: str, name: str, source: bytes, piece: Piece) -> None:
        self.files.setdefault(week, {})[name] = source
        self.received[week] = max(piece.received, self.received.get(week, 0.0))


def place(hand_in: HandIn, course: Course, asked: Week | None) -> Placed:
    """Give every file of a hand-in its place among the exercises of `asked`, or of all weeks."""
    return _Sorter(course, asked).run(hand_in)


class _Sorter:
    """Sorts one hand-in."""

    def __init__(self, course: Course, asked: Week | None) -> None:
        self.course = course
        self.weeks = [asked] if asked else course.weeks
        self.candidates: dict[tuple[str, str], list[Candidate]] = {}
        self.others: list[Piece] = []
        self.placed = Placed()

    def run(self, hand_in: HandIn) -> Placed:
        modules = [piece for piece in hand_in.pieces if piece.name.lower().endswith(".py")]
        for piece in modules:
            if not piece.name.startswith(("test_", "conftest")):
                self._by_name(piece)
        for piece in hand_in.pieces:
            if piece.name.lower().endswith(".ipynb"):
                self._notebook(piece, hand_in)
        self._by_content()
        self._choose()
        self._add_helpers()
        return self.placed

    def _weeks_of(self, piece: Piece) -> list[Week]:
        """Return the weeks that a file may belong to: its folder's, the one in its name, or all that are asked for."""
        found = self._folder_of(piece)[0] or week_named(piece.name, self.course)
        return self.weeks if found is None else [week for week in self.weeks if week.name == found.name]

    def _folder_of(self, piece: Piece) -> tuple[Week | None, int]:
        """Return the week whose folder a file is in, and how many folders are between."""
        for distance, part in enumerate(reversed(piece.parts[:-1])):
            week = week_named(part, self.course)
            if week:
                return week, distance
        return None, len(piece.parts) - 1

    def _by_name(self, piece: Piece) -> None:
        stem = stem_of(piece.name)
        found = [(week, *named) for week in self._weeks_of(piece) if (named := exercise_named(stem, week))]
        if len(found) > 1:
            found = [one for one in found if _defines_any(piece.data, one[0].exercise(one[1]))]
        if len(found) > 1:
            weeks = ", ".join(week.name for week, _, _ in found)
            self.placed.notes.append(Finding("intake_ambiguous", {"file": piece.label, "weeks": weeks}))
        elif found:
            week, name, number = found[0]
            self._offer(week, week.exercise(name), piece, piece.data, number)
        else:
            self.others.append(piece)

    def _offer(self, week: Week, exercise: Exercise, piece: Piece, source: bytes, number: int = 0) -> None:
        distance = self._folder_of(piece)[1]
        candidate = Candidate(week.name, exercise.name, piece, source, _begun(source, week, exercise), distance, number)
        self.candidates.setdefault((week.name, exercise.name), []).append(candidate)

    def _notebook(self, piece: Piece, hand_in: HandIn) -> None:
        weeks = self._weeks_of(piece)
        if not weeks:
            return
        try:
            notebook = read_notebook(piece.label, piece.data)
        except Refused as refused:
            hand_in.refused.append(refused.finding)
            return
        for number, reason in notebook.unreadable:
            values = {"file": piece.label, "cell": str(number), "problem": shown(reason)}
            self.placed.notes.append(Finding("intake_cell", values))
        for week in self._most_defined(weeks, notebook):
            self._offer_notebook(week, piece, notebook)

    def _most_defined(self, weeks: list[Week], notebook: Notebook) -> list[Week]:
        """Return the weeks that a notebook is about: of several, those of which it defines the most names."""
        counts = {week.name: sum(notebook.defines(name) for name in _names_of(week)) for week in weeks}
        most = max(counts.values())
        return [week for week in weeks if most and counts[week.name] == most]

    def _offer_notebook(self, week: Week, piece: Piece, notebook: Notebook) -> None:
        for exercise in week.exercises:
            if not any(map(notebook.defines, exercise.writes)):
                continue
            self._offer(week, exercise, piece, notebook.module(exercise.writes))
            for name in exercise.writes:
                cell = notebook.repeated(name)
                if cell is not None:
                    values = {"file": piece.label, "name": name, "cell": str(cell)}
                    self.placed.notes.append(Finding("intake_defined_twice", values))

    def _by_content(self) -> None:
        """Take files of other names as the exercises that they define and no other file is."""
        known = set(self.candidates)
        for piece in self.others:
            for week in self._weeks_of(piece):
                for exercise in week.exercises:
                    if (week.name, exercise.name) not in known and _defines_any(piece.data, exercise):
                        self._offer(week, exercise, piece, piece.data)
                        values = {"file": piece.label, "exercise": exercise.name}
                        self.placed.notes.append(Finding("intake_by_content", values))

    def _choose(self) -> None:
        for (week, exercise), found in self.candidates.items():
            best, *others = sorted(found, key=lambda one: (one.rank, one.piece.parts), reverse=True)
            self.placed.put(week, f"{exercise}.py", best.source, best.piece)
            for other in others:
                if other.source != best.source:
                    self.placed.notes.append(_choice(best, other))

    def _add_helpers(self) -> None:
        """Add the student's own modules: those beside an exercise, or in a week's folder."""
        taken = {one.piece.parts for found in self.candidates.values() for one in found}
        beside = {(one.piece.parts[:-1], one.week) for found in self.candidates.values() for one in found}
        for piece in sorted(self.others, key=lambda one: (one.stamp, one.parts)):
            stem = piece.name.removesuffix(".py")
            if piece.parts in taken or not (stem.isascii() and stem.isidentifier()):
                continue
            inside, distance = self._folder_of(piece)
            for week in self._weeks_of(piece):
                if (inside and distance == 0) or (piece.parts[:-1], week.name) in beside:
                    self.placed.put(week.name, piece.name, piece.data, piece)


def _choice(best: Candidate, other: Candidate) -> Finding:
    """Say which of two files counts, and why."""
    differing = (name for name, mine, theirs in zip(REASONS, best.rank, other.rank, strict=True) if mine != theirs)
    values = {"exercise": best.exercise, "taken": best.piece.label, "other": other.piece.label}
    return Finding(f"intake_taken_{next(differing, 'number')}", values)


def _names_of(week: Week) -> list[str]:
    return [name for exercise in week.exercises for name in exercise.writes]


def _defines_any(source: bytes, exercise: Exercise) -> bool:
    """Whether a module defines a name of the exercise; a syntax error elsewhere does not matter."""
    names = "|".join(map(re.escape, exercise.writes))
    pattern = rf"(?m)^(?:(?:async\s+)?def|class)\s+(?:{names})\b|^(?:{names})\s*[:=]"
    return re.search(pattern.encode(), source) is not None


def _begun(source: bytes, week: Week, exercise: Exercise) -> bool:
    """Whether less is left to write than in the stub: an untouched copy never beats somebody's work."""
    left = re.compile(rf"NotImplementedError\(\s*[\"']week {week.number}, {exercise.name}: write".encode())
    stub = week.folder / f"{exercise.name}.py"
    given = len(left.findall(stub.read_bytes())) if stub.is_file() else 0
    count = len(left.findall(source))
    return _defines_any(source, exercise) and (count == 0 or count < given)

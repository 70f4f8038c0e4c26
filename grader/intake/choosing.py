"""From the files of one hand-in to the modules of each week: which file is which exercise, and which of several counts.

The one rule for everybody: a class's submissions, and the folder of a learner who checks, watches or hands in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import msgspec

from grader.course.weeks import Exercise, Week
from grader.intake.entries import WEEK_BYTES, HandIn, Piece, Refused, note, readable, size_of
from grader.intake.folders import read_folder
from grader.intake.names import exercise_named, stem_of, week_named, without_copy_mark
from grader.intake.notebooks import Notebook, is_notebook, read_notebook
from grader.intake.work import Work, names_of, work_in
from grader.outcomes import ExerciseResult, Finding

REASONS = ("written", "named", "attempt", "more", "received", "latest", "module", "nearer", "number", "guess")
"""Why one file counts and another does not, in the order in which it is asked: see Candidate.rank."""
PACKED = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".zipx")
"""Archives that are not read."""
MOST_LEFT = 5
"""Statements of a notebook that are named as left out, by exercise."""
TICK = 2
"""Seconds: times are compared as a zip keeps them, so that a folder and its archive are judged alike."""


class Candidate(msgspec.Struct, frozen=True):
    """A file that could be an exercise, as that exercise's module."""

    week: str
    exercise: str
    piece: Piece
    source: bytes
    work: Work
    distance: int
    """Folders between the week's folder and the file."""
    number: int = 0
    """Of a copy: 1 for attention(1).py."""
    named: bool = True
    """Whether its name tells the exercise, or it is a notebook; else its content alone does."""
    notes: list[Finding] = []
    """What there is to say if it counts."""

    @property
    def rank(self) -> tuple[bool, bool, int, int, int, int, bool, int, int]:
        piece, module = self.piece, not is_notebook(self.piece)
        begun, much = self.work.begun, len(self.work.written)
        # Of untouched files the last one tells nothing: git pull may have brought a notebook after its module.
        times = (int(piece.received) // TICK, int(piece.changed) // TICK) if begun else (0, 0)
        return (begun, self.named, piece.order, much, *times, module, -self.distance, self.number)


class Placed(msgspec.Struct):
    """Modules by week and file name, and the files that they came from."""

    files: dict[str, dict[str, bytes]] = {}
    sources: dict[str, list[Piece]] = {}
    notes: list[Finding] = []
    left_out: list[Finding] = []
    """Which modules are too large for their week."""
    notebooks: dict[str, bytes] = {}
    """The notebook of every week that has one."""
    chosen: dict[tuple[str, str], list[Candidate]] = {}
    """The candidates of every exercise by week and name; the first counts."""

    def put(self, week: str, name: str, source: bytes, piece: Piece) -> None:
        """Take a module; one with which the week's would be too large together is left out."""
        if sum(map(len, self.files.get(week, {}).values())) + len(source) > WEEK_BYTES:
            self.left_out.append(note("intake_week_too_large", file=piece.label, week=week, limit=size_of(WEEK_BYTES)))
            return
        self.files.setdefault(week, {})[name] = source
        self.sources.setdefault(week, []).append(piece)


class Chosen(msgspec.Struct):
    """What of a learner's folder is one exercise."""

    files: dict[str, bytes] = {}
    """The exercise's module under its own name, and the modules that it can use: what is judged."""
    path: Path | None = None
    """The file that counts: a module or a notebook; None when the folder holds none."""
    work: Work = Work()
    notes: list[Finding] = []
    """Which file counts and why, where another one was worked on too; what of it was left out."""

    def mark(self, result: ExerciseResult, root: Path) -> None:
        """Note in a result which file it is about."""
        inside = self.path and self.path.is_relative_to(root)
        result.file = str(self.path.relative_to(root) if self.path and inside else self.path or "")
        result.notes = self.notes


def chosen_sources(folder: Path, week: Week) -> dict[str, Chosen]:
    """Return which file of a week's folder is which exercise, its module and what to say about the choice.

    This is the rule by which a submission is graded: of module and notebook the one that was written counts, and where
    both were, the one that has more of the exercise, then the later one.
    """
    hand_in = read_folder(folder)
    hand_in.pieces = [
        msgspec.structs.replace(one, parts=(week.name, *one.parts), received=0)  # it is still the learner's own folder
        for one in hand_in.pieces
    ]
    placed = place(hand_in, [week], week)
    files = placed.files.get(week.name, {})
    found: dict[str, Chosen] = {}
    for exercise in week.exercises:
        candidates = placed.chosen.get((week.name, exercise.name))
        chosen = found[exercise.name] = Chosen(week.relevant(files, exercise.name))
        if candidates:
            best = candidates[0]
            chosen.path, chosen.work = folder.joinpath(*best.piece.parts[1:]), best.work
            worked_on = [other for other in candidates[1:] if other.work.begun]
            chosen.notes = [*hand_in.refused, *_said(best, worked_on)] if best.work.begun or worked_on else []
            chosen.notes += [one for one in placed.left_out if one.values["file"] == best.piece.label]
    return found


def place(hand_in: HandIn, weeks: list[Week], asked: Week | None) -> Placed:
    """Give every file of a hand-in its place among the exercises of `asked`, or of all weeks."""
    return _Sorter(weeks, asked).run(hand_in)


class _Sorter:
    """Sorts one hand-in."""

    def __init__(self, known: list[Week], asked: Week | None) -> None:
        self.known = known
        self.weeks = [asked] if asked else known
        self.candidates: dict[tuple[str, str], list[Candidate]] = {}
        self.modules: list[Piece] = []
        self.notebooks: dict[str, list[Piece]] = {}
        self.placed = Placed()

    def run(self, hand_in: HandIn) -> Placed:
        for piece in hand_in.pieces:
            if is_notebook(piece):
                self._notebook(piece, hand_in)
            elif piece.name.lower().endswith(".py") and not piece.name.startswith(("test_", "conftest")):
                self.modules.append(piece)
        for piece in self.modules:
            self._by_name(piece)
        for piece in self.modules:
            self._by_content(piece)
        self._choose()
        self._add_helpers()
        self._keep_notebooks()
        self._name_unread(hand_in)
        return self.placed

    def _weeks_of(self, piece: Piece) -> list[Week]:
        """Return the weeks that a file may belong to: its folder's, the one in its name, or all that are asked for."""
        found = self._folder_of(piece)[0] or week_named(piece.name, self.known)
        return self.weeks if found is None else [week for week in self.weeks if week.name == found.name]

    def _folder_of(self, piece: Piece) -> tuple[Week | None, int]:
        """Return the week whose folder a file is in, and how many folders are between."""
        for distance, part in enumerate(reversed(piece.parts[:-1])):
            week = week_named(part, self.known)
            if week:
                return week, distance
        return None, len(piece.parts) - 1

    def _by_name(self, piece: Piece) -> None:
        stem = stem_of(piece.name)
        found = [(week, *named) for week in self._weeks_of(piece) if (named := exercise_named(stem, week))]
        if len(found) > 1:
            found = [one for one in found if work_in(piece.data, one[0], one[0].exercise(one[1])).defined]
        if len(found) > 1:
            weeks = ", ".join(week.name for week, _, _ in found)
            self.placed.notes.append(note("intake_ambiguous", file=piece.label, weeks=weeks))
        elif found:
            week, name, number = found[0]
            self._offer(week, week.exercise(name), piece, piece.data, number)

    def _offer(
        self,
        week: Week,
        exercise: Exercise,
        piece: Piece,
        source: bytes,
        number: int = 0,
        *notes: Finding,
        named: bool = True,
    ) -> None:
        work, distance = work_in(source, week, exercise), self._folder_of(piece)[1]
        one = Candidate(week.name, exercise.name, piece, source, work, distance, number, named, list(notes))
        self.candidates.setdefault((week.name, exercise.name), []).append(one)

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
            self.placed.notes.append(note("intake_cell", file=piece.label, cell=number, problem=readable(reason)))
        self._note_words(weeks, piece, notebook)
        about = self._most_defined(weeks, notebook)
        for week in about:
            self._offer_notebook(week, piece, notebook)
        for week in about or (weeks if len(weeks) == 1 else []):
            self.notebooks.setdefault(week.name, []).append(piece)

    def _note_words(self, weeks: list[Week], piece: Piece, notebook: Notebook) -> None:
        """Note code that stands in cells of text: it does not count."""
        for week in weeks:
            for name in _written_in(week):
                cell = None if notebook.defines(name) else notebook.in_words(name)
                if cell is not None:
                    self.placed.notes.append(note("intake_cell_of_text", file=piece.label, name=name, cell=cell))

    def _most_defined(self, weeks: list[Week], notebook: Notebook) -> list[Week]:
        """Return the weeks that a notebook is about: of several, those of which it defines the most names."""
        counts = {week.name: sum(notebook.defines(name) for name in _written_in(week)) for week in weeks}
        most = max(counts.values())
        return [week for week in weeks if most and counts[week.name] == most]

    def _offer_notebook(self, week: Week, piece: Piece, notebook: Notebook) -> None:
        number = without_copy_mark(stem_of(piece.name))[1]
        for exercise in week.exercises:
            if not any(map(notebook.defines, exercise.writes)):
                continue
            notes = []
            for name in exercise.writes:
                cell = notebook.repeated(name)
                if cell is not None:
                    notes.append(note("intake_defined_twice", file=piece.label, name=name, cell=cell))
            names = names_of(week, exercise)
            left_out = notebook.left_out(names)
            for left in left_out[:MOST_LEFT]:
                notes.append(note("intake_left_out", **{**left, "file": piece.label, "text": readable(left["text"])}))
            if len(left_out) > MOST_LEFT:
                more = len(left_out) - MOST_LEFT
                notes.append(note("intake_left_more", file=piece.label, exercise=exercise.name, count=more))
            self._offer(week, exercise, piece, notebook.module(names), number, *notes)

    def _by_content(self, piece: Piece) -> None:
        """Offer a file as the exercises that it defines, in case no file of their name has been begun.

        One that is named for another exercise must have the whole of it: it may have a helper of that name.
        """
        number = without_copy_mark(stem_of(piece.name))[1]
        for week in self._weeks_of(piece):
            own = exercise_named(stem_of(piece.name), week)
            for exercise in week.exercises:
                if (own and own[0] == exercise.name) or not _mentions(piece.data, exercise):
                    continue
                work = work_in(piece.data, week, exercise)
                if work.begun and (not own or len(work.written) == len(exercise.writes)):
                    why = note("intake_by_content", file=piece.label, exercise=exercise.name)
                    self._offer(week, exercise, piece, piece.data, number, why, named=False)

    def _choose(self) -> None:
        for (week, exercise), found in self.candidates.items():
            found.sort(key=lambda one: (one.rank, one.piece.parts), reverse=True)
            best, *others = found
            self.placed.chosen[week, exercise] = found
            self.placed.put(week, f"{exercise}.py", best.source, best.piece)
            self.placed.notes += _said(best, others)

    def _add_helpers(self) -> None:
        """Add the student's own modules and packages: those beside an exercise, or in a week's folder."""
        taken = {id(one.piece) for found in self.candidates.values() for one in found if one.named}
        taken |= {id(found[0].piece) for found in self.candidates.values() if not self._is_imported(found[0].piece)}
        beside: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for (week_name, _), found in self.candidates.items():
            beside[week_name] |= {one.piece.parts[:-1] for one in found}
        helpers = [piece for piece in self.modules if id(piece) not in taken]
        for piece in sorted(helpers, key=lambda one: (one.order, one.changed // TICK, stem_of(one.name), one.parts)):
            inside, distance = self._folder_of(piece)
            own = {piece.parts[: len(piece.parts) - 1 - distance]} if inside else set()
            for week in self._weeks_of(piece):
                name = _module_name(piece, beside[week.name] | own)
                if name and name not in {one.name for one in week.exercises}:
                    self.placed.put(week.name, f"{name}.py", piece.data, piece)

    def _keep_notebooks(self) -> None:
        """Keep of every week's notebooks the one that counts for the most exercises, else the latest."""
        for week, pieces in self.notebooks.items():
            counts = Counter(id(found[0].piece) for (name, _), found in self.candidates.items() if name == week)
            best = max(pieces, key=lambda one: (counts[id(one)], one.order, one.received, one.changed, one.parts))
            self.placed.notebooks[week] = best.data

    def _name_unread(self, hand_in: HandIn) -> None:
        """Name the files of other kinds that were probably meant: packed otherwise, or an exercise under an ending."""
        for label in hand_in.unread:
            name = label.rpartition("/")[2].lower()
            stem = name.partition(".")[0]
            called = week_named(stem, self.weeks) or any(exercise_named(stem, week) for week in self.weeks)
            is_code = ".py" in name or ".ipynb" in name or "." not in name
            if name.endswith(PACKED) or (called and is_code):
                hand_in.refused.append(Refused("intake_kind", file=label).finding)

    def _is_imported(self, piece: Piece) -> bool:
        """Whether another file speaks of a module."""
        name = stem_of(piece.name).encode()
        return any(name in other.data for other in self.modules if other is not piece)


def _module_name(piece: Piece, folders: set[tuple[str, ...]]) -> str:
    """Return the name by which the modules of one of these folders import a file; "" when they cannot."""
    for folder in sorted(folders, key=len, reverse=True):
        if piece.parts[: len(folder)] == folder:
            path = [*piece.parts[len(folder) : -1], stem_of(piece.name)]
            return ".".join(path) if all(part.isascii() and part.isidentifier() for part in path) else ""
    return ""


def _said(best: Candidate, others: list[Candidate]) -> list[Finding]:
    """Say which of several files counts, and why.

    Of a file that is only named otherwise it is said when it has as much: it may well be what was meant. Between stubs
    there is nothing to choose.
    """
    notes = list(best.notes)
    for other in others if best.work.begun else ():
        if other.source != best.source and (other.named or len(other.work.written) >= len(best.work.written)):
            notes.append(_choice(best, other))
    return notes


def _choice(best: Candidate, other: Candidate) -> Finding:
    """Say which of two files counts, and why."""
    differing = (name for name, mine, theirs in zip(REASONS, best.rank, other.rank, strict=False) if mine != theirs)
    key = f"intake_taken_{next(differing, REASONS[-1])}"
    return note(key, exercise=best.exercise, taken=best.piece.label, other=other.piece.label)


def _written_in(week: Week) -> list[str]:
    return [name for exercise in week.exercises for name in exercise.writes]


def _mentions(source: bytes, exercise: Exercise) -> bool:
    """Whether a module may define a name of the exercise."""
    return re.search("|".join(map(re.escape, exercise.writes)).encode(), source) is not None

"""A submission as a marked notebook: the student's cells in the course's frame, each check cell with its report.

Whatever became of ids, metadata and order, every cell of the course occurs exactly once and keeps its own metadata;
a check cell also its text. What a student's outputs held is dropped. Notebooks are plain JSON here.
"""

from __future__ import annotations

import copy
import io
import json
import re
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from grader.classroom.results import Graded
from grader.course.weeks import Week
from grader.gradebook.words import Answers, Handed, Json, id_of, is_answer, is_unwritten, no_answer, plain, text_of
from grader.intake.entries import NOTEBOOK_BYTES, Refused
from grader.intake.folders import read_file
from grader.intake.notebooks import cells_in, source_of
from grader.messages import render, say
from grader.report.terminal import Terminal, printable

WIDTH = 100
RUBRIC = "for_graders"
"""Marks a cell that students never see."""
MARKUP = re.compile(r"<(?=[a-zA-Z/!?])|&(?=[#\w])")
SCRIPT_ADDRESS = re.compile(r"(?i)\b(javascript|vbscript|data)(?=\s*:\s*\S)")


class Marks(msgspec.Struct):
    """What one submission of one week comes to, by exercise."""

    scores: dict[str, float]
    reports: dict[str, str]
    certain: bool = True
    """False when the grader failed or could not measure: such marks are not recorded."""
    kept: bool = False
    """True when they are those of an earlier run, since the grader failed in this one."""


def marks_of(graded: Graded, week: Week, lang: str) -> Marks:
    """Return the marks of one week."""
    results = {result.exercise: result for result in graded.results if result.week == week.name}
    notes = [printable(render(note, lang)) for note in graded.submission.notes]
    marks = Marks({}, {})
    for exercise in week.exercises:
        result = results.get(exercise.name)
        if result is None:
            text = printable(render(graded.problem, lang)) if graded.problem else ""
            marks.scores[exercise.name], marks.reports[exercise.name] = 0.0, text
            continue
        out = io.StringIO()
        Terminal(lang, Console(file=out, width=WIDTH, color_system=None)).exercise(result, week)
        marks.scores[exercise.name], marks.reports[exercise.name] = float(result.score), out.getvalue()
        marks.certain = marks.certain and result.certain
        marks.kept = marks.kept or bool(result.kept)
    first = week.exercises[0].name
    marks.reports[first] = "\n".join([*notes, marks.reports[first]])
    return marks


def notebook_in(folder: Path, week: str) -> bytes | None:
    """Return the notebook that a student's folder of a week holds: the one of the week's name, else the only one."""
    if folder.is_symlink() or folder.parent.is_symlink():  # somebody else's work, by a link
        return None
    found = [path for path in sorted(folder.glob("*.ipynb")) if not path.is_symlink()]
    named = [path for path in found if path.stem == week] or (found if len(found) == 1 else [])
    try:
        return read_file(named[0], named[0].name, NOTEBOOK_BYTES)[0] if named else None
    except (Refused, OSError):
        return None


def restore(release: Json, data: bytes | None, files: dict[str, bytes], rubrics: dict[str, str] | None = None) -> Json:
    """Return the released notebook with a student's work in it: from the notebook, else from the modules.

    Args:
        rubrics: What a grader reads below an answer in words, by the answer's cell; no page of feedback has it.
    """
    whole = copy.deepcopy(release)
    cells = _cells(data) if data is not None else None
    whole["cells"] = _framed(release["cells"], cells) if cells else _with_modules(whole["cells"], files)
    for name, text in (rubrics or {}).items():
        place = next((number for number, cell in enumerate(whole["cells"], 1) if id_of(cell) == name), None)
        if place:
            meta = {RUBRIC: True}
            cell = {"cell_type": "markdown", "id": f"rubric-{name}", "metadata": meta, "source": text}
            whole["cells"].insert(place, cell)
    return whole


def rubrics_of(week: Week, lang: str) -> dict[str, str]:
    """Return how each answer in words of a week is graded, by the answer's cell."""
    found = enumerate(week.rubrics(), 1)
    return {
        f"answer-{number}": say("course_rubric", lang, model=one.model[lang], rubric=one.rubric[lang])
        for number, one in found
    }


def harmless(text: str) -> str:
    """Return a student's Markdown with nothing in it that a browser runs; it reads as before.

    A space after `<` and `&` ends what would be a tag or a character's name; it does so in code too, where an escape
    would show. A space before the colon makes no address of a script's.
    """
    return SCRIPT_ADDRESS.sub(r"\1 ", MARKUP.sub(r"\g<0> ", text))


def put_marks(cells: list[Any], marks: Marks) -> None:
    """Give every check cell its report and score as nbgrader reads them; a score never exceeds the cell's points."""
    for cell in cells:
        meta = cell["metadata"].get("nbgrader", {})
        if not meta.get("grade") or cell["cell_type"] != "code":
            continue
        name = meta["grade_id"]
        score = min(max(marks.scores.get(name, 0.0), 0.0), float(meta["points"]))
        text = {"output_type": "stream", "name": "stdout", "text": marks.reports.get(name, "")}
        value = {"data": {"text/plain": repr(score)}, "metadata": {}, "execution_count": 1}
        cell["execution_count"] = 1
        cell["outputs"] = [text, {"output_type": "execute_result", **value}]


def is_marked(data: bytes) -> bool:
    """Whether a notebook on disk is whole and every check cell of it has its score."""
    try:
        cells = json.loads(data)["cells"]
        checks = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
        return all(len(cell["outputs"]) > 1 for cell in checks if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _cells(data: bytes) -> list[Handed] | None:
    """Read a student's notebook; None when it cannot be read as one."""
    try:
        return [_handed(cell) for cell in cells_in(data)]
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None


def _handed(cell: Json) -> Handed:
    meta = cell.get("metadata")
    meta = meta.get("nbgrader") if isinstance(meta, dict) else None
    named: list[object] = [meta.get("grade_id") if isinstance(meta, dict) else None, cell.get("id")]
    ids = [one for one in named if isinstance(one, str)]
    return Handed("code" if cell.get("cell_type") == "code" else "markdown", source_of(cell), ids)


def _framed(official: list[Json], handed: list[Handed]) -> list[Json]:
    """Put the student's cells into the frame; a cell of the frame that is missing follows the one before it."""
    frame = [cell for cell in official if id_of(cell)]
    answers = Answers(official, handed)
    taken: dict[int, Json] = {}
    for cell in frame:
        place = _place(cell, answers.questions.get(id_of(cell), ""), handed, taken)
        if place is not None:
            taken[place] = cell
    out = _placed(taken, handed, answers)
    after = -1
    for cell in frame:
        place = next((number for number, one in enumerate(out) if id_of(one) == id_of(cell)), None)
        after = after + 1 if place is None else place
        if place is None:
            out.insert(after, _not_found(cell))
    return out


def _placed(taken: dict[int, Json], handed: list[Handed], answers: Answers) -> list[Json]:
    """Return the cells as they were handed in, those of the frame in its own; an answer in words has all its cells."""
    answers.ours |= taken.keys()
    out: dict[int, Json] = {}
    put: set[int] = set()
    for number, one in enumerate(handed):
        cell = taken.get(number)
        if cell and is_answer(cell):
            text, run = answers.found(number, cell)
            one = msgspec.structs.replace(one, source=text)
            put |= {*run} - {number}
        out[number] = _as_official(cell, one) if cell else _as_own(one, number)
    return [cell for number, cell in out.items() if number not in put]


def _not_found(cell: Json) -> Json:
    """Return a cell that a student's work lacks; an answer in words says so, and then waits for a person."""
    cell = copy.deepcopy(cell)
    if is_answer(cell):
        cell["source"] = no_answer()
    return cell


def _place(cell: Json, question: str, handed: list[Handed], taken: dict[int, Json]) -> int | None:
    """Find the student's version of a cell: by its id, else by what it says; of several one that is written.

    An answer in words is also known by the question that stands before it.
    """
    name, source = id_of(cell), text_of(cell)
    sign = _sign(cell, name, source)
    own = [number for number, one in enumerate(handed) if one.kind == cell["cell_type"] and number not in taken]
    for found in (
        [number for number in own if handed[number].ids[:1] == [name]],
        [number for number in own if name in handed[number].ids],
        [number for number in own if sign and re.search(sign, handed[number].source)],
        [number for number in own if question and number and question in plain(handed[number - 1].source)],
    ):
        if found:
            return next(
                (number for number in reversed(found) if not is_unwritten(cell, handed[number].source)), found[-1]
            )
    return None


def _sign(cell: Json, name: str, source: str) -> str:
    """Return the pattern by which a code cell without its id is known: a check's call, an answer's definition."""
    if cell["cell_type"] != "code":
        return ""
    if cell["metadata"]["nbgrader"]["grade"]:
        return re.escape(source)
    return rf"(?m)^(?:async\s+def|def|class)\s+{re.escape(name.partition('-')[2])}\b"


def _as_official(cell: Json, one: Handed) -> Json:
    cell = copy.deepcopy(cell)
    if not cell["metadata"]["nbgrader"]["locked"] and one.source != text_of(cell):
        cell["source"] = one.source if one.kind == "code" else harmless(one.source)
    return cell


def _as_own(one: Handed, number: int) -> Json:
    extra: Json = {"outputs": [], "execution_count": None} if one.kind == "code" else {}
    source = one.source if one.kind == "code" else harmless(one.source)
    return {"cell_type": one.kind, "id": f"own-{number}", "metadata": {}, "source": source, **extra}


def _with_modules(cells: list[Json], files: dict[str, bytes]) -> list[Json]:
    """Put each module into its exercise's first cell that is to be written."""
    put: set[str] = set()
    cells = [_not_found(cell) for cell in cells]
    for cell in cells:
        exercise = id_of(cell).partition("-")[0]
        file = f"{exercise}.py"
        if file not in files or not cell["metadata"]["nbgrader"]["solution"]:
            continue
        text = files[file].decode("utf-8", "replace")
        cell["source"] = say("course_in_module", "en", file=file) if exercise in put else text
        put.add(exercise)
    return cells

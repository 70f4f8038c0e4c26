"""nbgrader's feedback pages, made again only where they would differ.

Making a page takes longer than all the rest of a student who has been judged, so it is remembered from what each was
made. A page that somebody else has written since is made again.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import nbconvert
import nbgrader  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import (  # type: ignore[import-untyped, unused-ignore]
    Assignment,
    Comment,
    Grade,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import GenerateFeedback  # type: ignore[import-untyped, unused-ignore]
from traitlets import Set

from grader.course.weeks import Week, digest
from grader.files import write_atomically
from grader.gradebook.folder import CourseFolder, notebook_row
from grader.gradebook.plugins import STORE, feedback_steps

FROM_GRADEBOOK = {
    SubmittedNotebook: ("late_submission_penalty",),
    Grade: ("cell_id", "auto_score", "manual_score", "extra_credit"),
    Comment: ("cell_id", "auto_comment", "manual_comment"),
}
"""What a page shows of the gradebook's rows."""
OWN_PAGES = {"GenerateFeedback", "Feedback", "HTMLExporter", "TemplateExporter"}
"""Where a configuration has one of these, pages depend on files that we do not know: all are made again."""


class _Feedback(GenerateFeedback):  # type: ignore[misc, unused-ignore]
    """nbgrader's own, for some of the students."""

    wanted = Set()

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        return student_id in self.wanted and super().init_destination(assignment_id, student_id)


def write_feedback(folder: CourseFolder, week: Week) -> None:
    """Have nbgrader write the pages of everybody whose page is not there or would differ.

    Raises:
        NbGraderException: some pages could not be made; the others are.
    """
    memory = folder.root / STORE / f"feedback-{week.name}.json"
    before, states = _remembered(memory), _states(folder, week)
    pages = {student: _pages(folder, student, week) for student in states}
    fresh = {who for who, state in states.items() if state and pages[who] and before.get(who) == [state, pages[who]]}
    if fresh == states.keys():
        return
    folder.run(partial(_Feedback, wanted=states.keys() - fresh), week.name)
    made = {student: [state, _pages(folder, student, week)] for student, state in states.items()}
    write_atomically(memory, json.dumps(made).encode())


def _remembered(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pages(folder: CourseFolder, student: str, week: Week) -> list[list[Any]]:
    """Return which pages a student has, and when they were written."""
    pages = sorted(folder.path("feedback", student, week.name).glob("*.html"))
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in pages]


def _states(folder: CourseFolder, week: Week) -> dict[str, str]:
    """Return a digest of all that the pages of each student are made from; "" where it cannot be told."""
    rows: dict[str, list[str]] = defaultdict(list)
    with folder.gradebook() as gb:
        cells = sorted((cell.id, cell.name, cell.max_score) for cell in notebook_row(gb, week.name).grade_cells)
        for kind, names in FROM_GRADEBOOK.items():
            query = gb.db.query(SubmittedAssignment.student_id, *(getattr(kind, name) for name in names))
            query = query.select_from(SubmittedNotebook).join(SubmittedNotebook.assignment)
            query = query.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            if kind is not SubmittedNotebook:
                query = query.join(kind, kind.notebook_id == SubmittedNotebook.id)
            for student, *values in query.filter(Assignment.name == week.name):
                rows[student].append(repr((kind.__name__, values)))
    common = repr((nbgrader.__version__, nbconvert.__version__, folder.config, cells))
    is_comparable = OWN_PAGES.isdisjoint(folder.config) or _is_ours(folder.config)
    return {
        student: _digest(where, common, found) if is_comparable else ""
        for student, found in rows.items()
        if (where := folder.path("autograded", student, week.name)).is_dir()
    }


def _is_ours(config: Any) -> bool:
    """Whether all that a configuration says of pages is what ours says."""
    others = (OWN_PAGES - {"GenerateFeedback"}) & config.keys()
    return not others and dict(config.GenerateFeedback) == {"preprocessors": feedback_steps()}


def _digest(folder: Path, common: str, rows: list[str]) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    held = [part for path in files for part in (os.fsencode(path.relative_to(folder)), path.read_bytes())]
    return digest(common, *sorted(rows), *held)

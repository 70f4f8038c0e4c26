"""A graded class as files for other programs: results.json, grades.csv, a Canvas gradebook.

Cells that a spreadsheet would take for a formula are neutralised. Knows nothing of pages.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from grader.classroom import Graded
from grader.course import Exercise, Week
from grader.intake.lateness import Penalty
from grader.messages import render, say
from grader.report import as_json, number, printable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """Return a CSV cell that no spreadsheet evaluates; numbers stay numbers."""
    if isinstance(value, int | float):
        return number(value)
    text = printable(str(value)).replace("\n", " ")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def table(rows: list[list[object]]) -> str:
    """Return rows as CSV, every text quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([[cell(value) for value in row] for row in rows])
    return out.getvalue()


class Row:
    """One student's line: the results, the penalty, and what they come to."""

    def __init__(self, graded: Graded, penalties: dict[str, Penalty], lang: str) -> None:
        self.graded = graded
        self.penalties = penalties
        """What each week loses for being late, by week."""
        self.lang = lang

    def week(self, name: str) -> float:
        """The week's score after its penalty."""
        score = sum(result.score for result in self.graded.results if result.week == name)
        penalty = self.penalties.get(name)
        return round(score * (1 - penalty.share), 4) if penalty else score

    @property
    def final(self) -> float:
        return round(sum(self.week(name) for name in {result.week for result in self.graded.results}), 4)

    @property
    def late(self) -> float:
        """The points lost for being late."""
        return round(self.graded.score - self.final, 4)

    @property
    def status(self) -> str:
        if self.graded.problem:
            return "error"
        return "look" if self.graded.needs_a_look() else "graded"

    @property
    def reasons(self) -> list[str]:
        problem = [render(self.graded.problem, self.lang)] if self.graded.problem else []
        looks = [say(key, self.lang) for key in self.graded.needs_a_look() if key != "look_problem"]
        return problem + looks

    def as_json(self) -> dict[str, Any]:
        """The line of `grade --json`."""
        submission = self.graded.submission
        scores = {"student": submission.student, "score": self.final, "max_score": self.graded.max_score}
        return {**scores, "status": self.status, "reasons": [printable(reason) for reason in self.reasons]}


def student_json(row: Row) -> str:
    """results.json of one student, in Gradescope's format."""
    data = as_json(row.graded.results, row.lang)
    data["score"] = row.final
    notes = [render(note, row.lang) for note in row.graded.submission.notes]
    data["output"] = "\n".join(printable(line) for line in [*row.reasons, *notes])
    data["extra_data"] = {"student": row.graded.submission.student, "late": row.late}
    return json.dumps(data, ensure_ascii=False, indent=2)


def grades(rows: list[Row], chosen: list[tuple[Week, Exercise]]) -> str:
    """grades.csv: one line a student, one column an exercise."""
    names = [f"{week.name}/{exercise.name}" for week, exercise in chosen]
    lines: list[list[object]] = [
        ["student", "name", "score", "max_score", "late", "final", "status", "reasons", *names]
    ]
    for row in rows:
        graded = row.graded
        scores = {f"{result.week}/{result.exercise}": result.score for result in graded.results}
        late = row.late
        head: list[object] = [graded.submission.student, graded.submission.name, graded.score, graded.max_score, late]
        lines.append([*head, row.final, row.status, "; ".join(row.reasons), *(scores.get(name, 0) for name in names)])
    return table(lines)


def canvas(rows: list[Row], chosen: list[tuple[Week, Exercise]], points: dict[str, float]) -> str:
    """A gradebook that Canvas imports: its five fixed columns, then one assignment for each week."""
    weeks = list(dict.fromkeys(week.name for week, _ in chosen))
    lines: list[list[object]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *weeks],
        ["    Points Possible", "", "", "", "", *(points.get(week, 0) for week in weeks)],
    ]
    for row in rows:
        submission = row.graded.submission
        scores = [row.week(week) for week in weeks]
        lines.append([submission.name, "", submission.student, submission.student, "", *scores])
    return table(lines)

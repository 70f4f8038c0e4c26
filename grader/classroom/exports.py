"""A graded class as files for other programs: results.json, grades.csv, a Canvas gradebook.

Cells that a spreadsheet would take for a formula are neutralised. Knows nothing of pages.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from grader.classroom.results import Graded
from grader.course.weeks import Exercise, Week
from grader.intake.lateness import Penalty
from grader.messages import render, say
from grader.report.terminal import as_json, number, printable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """Return a CSV cell that no spreadsheet evaluates; numbers stay numbers, and what is not known is blank."""
    if value is None:
        return ""
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

    def handed_in(self, week: str) -> bool:
        return week in self.graded.submission.files

    def week(self, name: str) -> float | None:
        """The week's score after its penalty; None where it is not known."""
        results = [result for result in self.graded.results if result.week == name]
        if self.graded.problem or not all(result.certain for result in results):
            return None
        score = sum(result.score for result in results)
        penalty = self.penalties.get(name)
        return round(score * (1 - penalty.share), 4) if penalty else score

    @property
    def score(self) -> float | None:
        return self.graded.score if self.graded.known else None

    @property
    def final(self) -> float | None:
        """What all weeks come to, a week that was not handed in as 0; None where one is not known."""
        scores = [self.week(name) for name in {result.week: None for result in self.graded.results}]
        known = [score for score in scores if score is not None]
        return round(sum(known), 4) if self.graded.known and len(known) == len(scores) else None

    @property
    def late(self) -> float | None:
        """The points lost for being late."""
        return None if self.score is None or self.final is None else round(self.score - self.final, 4)

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


class Books:
    """The class as tables, filled student by student: what is kept of one is a few lines of text."""

    def __init__(self, chosen: list[tuple[Week, Exercise]], lang: str) -> None:
        self.names = [f"{week.name}/{exercise.name}" for week, exercise in chosen]
        self.weeks = list(dict.fromkeys(week.name for week, _ in chosen))
        self.lang = lang
        self.lines: list[dict[str, Any]] = []
        """The lines of `grade --json`."""
        self.layers: dict[str, bool] = {}
        """The box's layers, and whether each was active in every judged exercise."""
        self.faults: dict[tuple[str, str], list[int]] = {}
        """Where the grader failed: exercise and cause, and for how many students the score is unknown, or kept."""
        self._points: dict[str, float] = {}
        self._grades: list[str] = []
        self._canvas: list[str] = []

    def add(self, row: Row) -> None:
        graded = row.graded
        self.lines.append(row.as_json())
        for result in graded.results:
            for name, active in result.layers.items():
                self.layers[name] = self.layers.get(name, True) and active
        points: dict[str, float] = {}
        for result in graded.results:
            points[result.week] = points.get(result.week, 0) + result.max_score
        for week, most in points.items():  # what could not be judged counts for nobody, but only of that student
            self._points[week] = max(most, self._points.get(week, 0))
        self._grades.append(table([self._grades_line(row)]))
        for result in graded.results:
            if result.kept or not result.certain:
                fault = self.faults.setdefault((f"{result.week}/{result.exercise}", result.fault), [0, 0])
                fault[bool(result.kept)] += 1
        submission = graded.submission
        scores = [row.week(week) if row.handed_in(week) else None for week in self.weeks]
        self._canvas.append(table([[submission.name, "", submission.student, submission.student, "", *scores]]))

    def _grades_line(self, row: Row) -> list[object]:
        graded, late = row.graded, row.late
        known = [result for result in graded.results if result.certain and row.handed_in(result.week)]
        scores = {f"{result.week}/{result.exercise}": result.score for result in known}
        head: list[object] = [graded.submission.student, graded.submission.name, row.score, graded.max_score, late]
        return [*head, row.final, row.status, "; ".join(row.reasons), *(scores.get(name) for name in self.names)]

    def grades(self) -> str:
        """grades.csv: one line a student, one column an exercise."""
        head = ["student", "name", "score", "max_score", "late", "final", "status", "reasons", *self.names]
        return table([list(head)]) + "".join(self._grades)

    def canvas(self) -> str:
        """A gradebook that Canvas imports: its five fixed columns, then one assignment for each week."""
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *self.weeks]
        points = (self._points.get(week, 0) for week in self.weeks)
        return table([list(head), ["    Points Possible", "", "", "", "", *points]]) + "".join(self._canvas)

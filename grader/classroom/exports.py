"""A graded class as files for other programs: results.json, grades.csv, a Canvas gradebook.

Cells that a spreadsheet would take for a formula are neutralised.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from grader.classroom.notices import Notices
from grader.classroom.results import Graded
from grader.course.weeks import Exercise, Week
from grader.intake import Submission
from grader.intake.lateness import Penalty
from grader.intake.roster import sorted_name
from grader.messages import render, say
from grader.outcomes import Finding
from grader.report.terminal import as_json, number, printable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", *"＝＋－＠")
"""The last four: spreadsheets of an East Asian Windows take full-width signs for the others."""


def cell(value: object) -> object:
    """Return a CSV cell that no spreadsheet evaluates; numbers stay numbers, and what is not known is blank."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = printable(str(value)).replace("\n", " ")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def table(rows: list[list[object]]) -> str:
    """Return rows as CSV, every text quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([[cell(value) for value in row] for row in rows])
    return out.getvalue()


class Entered(msgspec.Struct, frozen=True):
    """What a gradebook holds of one week of one student, with what a person put in."""

    score: float
    late: float = 0
    """The points lost for being late."""
    top: float = 0
    """What the week is worth, words included."""
    words: float = 0
    """The points of answers in words that still have to be graded by hand."""
    waiting: bool = False
    """Whether something else has to be: an exercise that is another since a person graded it."""
    manual: dict[str, float] = {}
    """What a person gave in the place of the judge's score, by exercise."""


class Row:
    """One student's line: the results, the penalty, and what they come to."""

    def __init__(
        self,
        graded: Graded,
        penalties: dict[str, Penalty],
        lang: str,
        entered: dict[str, Entered] | None = None,
        worth: Callable[[str], float] = lambda week: 0.0,
        ours: dict[str, list[str]] | None = None,
    ) -> None:
        self.graded = graded
        self.penalties = penalties
        """What each week loses for being late, by week."""
        self.lang = lang
        self.weeks = graded.weeks or list(dict.fromkeys(result.week for result in graded.results))
        self.entered = {week: one for week, one in (entered or {}).items() if week in self.weeks}
        """What the gradebook says of them, by week: it counts where there is one."""
        self.worth = worth
        """What a week is worth of which nothing was handed in."""
        self.ours = ours or {}
        """Which modules are answers of the course's own, by week."""

    def within(self, weeks: Sequence[str]) -> Row:
        """Return the line of these weeks alone."""
        ours = {week: found for week, found in self.ours.items() if week in weeks}
        return Row(self.graded.within(weeks), self.penalties, self.lang, self.entered, self.worth, ours)

    def for_student(self) -> Row:
        """Return the line in the student's own language, without what a person must look into before it is said."""
        lang = self.graded.submission.lang or self.lang
        return Row(self.graded, self.penalties, lang, self.entered, self.worth)

    def handed_in(self, week: str) -> bool:
        """Whether there is something of a week: handed in, or given by a person."""
        return (
            week in self.graded.submission.files
            or week in self.entered
            or any(result.week == week and result.given is not None for result in self.graded.results)
        )

    def counts(self, week: str) -> bool:
        """Whether a week has a score: for what there is, or as 0 for nothing where the class file says so."""
        return self.handed_in(week) or any(result.week == week for result in self.graded.results)

    @property
    def missing(self) -> bool:
        """Whether nothing of any week was handed in."""
        something = any(result.begun for result in self.graded.results) or any(map(self.handed_in, self.weeks))
        nothing = self.weeks and not (something or self.graded.problem or self.graded.unusable)
        return self.graded.absent or bool(nothing)

    def judged(self, week: str) -> float | None:
        """What our judge found, 0 where nothing was handed in; None where it is not known."""
        results = [result for result in self.graded.results if result.week == week]
        unsure = self.graded.problem or week in self.graded.unusable or not all(one.certain for one in results)
        return None if unsure else sum(result.score for result in results)

    def late_points(self, week: str) -> float:
        """The points that a week loses for being late."""
        if week in self.entered:
            return self.entered[week].late
        penalty = self.penalties.get(week)
        return (self.judged(week) or 0) * penalty.share if penalty else 0.0

    def week_score(self, week: str) -> float | None:
        """The week's score before its penalty."""
        return self.entered[week].score if week in self.entered else self.judged(week)

    def week_final(self, name: str) -> float | None:
        """The week's score after its penalty; None where it is not known."""
        score = self.week_score(name)
        return None if score is None else round(max(0.0, score - self.late_points(name)), 4)

    @property
    def score(self) -> float | None:
        """What all weeks come to before penalties, a week that was not handed in as 0; None where one is not known."""
        scores = [self.week_score(name) for name in self.weeks]
        known = [score for score in scores if score is not None]
        usable = not (self.graded.problem or self.graded.unusable)
        return round(sum(known), 4) if usable and len(known) == len(scores) else None

    @property
    def max_score(self) -> float:
        """What the weeks are worth."""
        return sum(map(self.week_worth, self.weeks))

    def week_worth(self, week: str) -> float:
        """What a week is worth."""
        if week in self.entered:
            return self.entered[week].top
        own = sum(result.max_score for result in self.graded.results if result.week == week)
        return own if week in self.graded.submission.files else self.worth(week) or own

    @property
    def final(self) -> float | None:
        return None if self.score is None else round(sum(self.week_final(name) or 0 for name in self.weeks), 4)

    @property
    def late(self) -> float | None:
        """The points lost for being late."""
        return None if self.score is None or self.final is None else round(self.score - self.final, 4)

    @property
    def by_hand(self) -> float:
        """The points that a person gave or took, by the gradebook."""
        known = [(one.score, self.judged(week)) for week, one in self.entered.items()]
        return round(sum(entered - own for entered, own in known if own is not None), 4)

    @property
    def status(self) -> str:
        if self.graded.problem and not self.missing:
            return "error"
        return "look" if self.looks else "missing" if self.missing else "words" if self.words else "graded"

    @property
    def looks(self) -> list[str]:
        """Why a person should look at this student, as message keys."""
        waiting = any(one.waiting for one in self.entered.values())
        more = {"look_changed": waiting, "look_overruled": self.overruled, "look_ours": self.ours}
        return [*self.graded.needs_a_look(), *(key for key, true in more.items() if true)]

    @property
    def words(self) -> float:
        """The points of answers in words that wait for a person."""
        return sum(one.words for one in self.entered.values())

    @property
    def overruled(self) -> list[Finding]:
        """Scores of the class file that do not count, for the gradebook has another one by a person."""
        given = {
            (result.week, result.exercise): result.given for result in self.graded.results if result.given is not None
        }
        return [
            Finding("class_score_overruled", {"week": week[4:6], "exercise": exercise, "manual": number(manual)})
            for week, one in self.entered.items()
            for exercise, manual in one.manual.items()
            if given.get((week, exercise), manual) != manual
        ]

    @property
    def reasons(self) -> list[str]:
        problem = [render(self.graded.problem, self.lang)] if self.graded.problem else []
        return problem + [say(key, self.lang) for key in self.looks if key != "look_problem"]

    def as_json(self) -> dict[str, Any]:
        """The line of `grade --json`."""
        submission = self.graded.submission
        scores = {"student": submission.student, "score": self.final, "max_score": self.max_score, "words": self.words}
        return {**scores, "status": self.status, "reasons": [printable(reason) for reason in self.reasons]}


def student_json(row: Row) -> str:
    """results.json of one student, in Gradescope's format."""
    data = as_json(row.graded.results, row.lang)
    data["score"], data["max_score"] = row.final, row.max_score
    notes = [render(note, row.lang) for note in [*row.graded.submission.notes, *row.overruled]]
    notes += [say("page_words", row.lang, points=number(row.words))] if row.words else []
    data["output"] = "\n".join(printable(line) for line in [*row.reasons, *notes])
    data["extra_data"] = {"student": row.graded.submission.student, "late": row.late}
    return json.dumps(data, ensure_ascii=False, indent=2)


class GradeTable:
    """The class as tables, filled student by student: what is kept of one is a few lines of text."""

    def __init__(self, chosen: list[tuple[Week, Exercise]], lang: str, points: dict[str, float] | None = None) -> None:
        self.names = [f"{week.name}/{exercise.name}" for week, exercise in chosen]
        self.weeks = list(dict.fromkeys(week.name for week, _ in chosen))
        self.lang = lang
        self.lines: list[dict[str, Any]] = []
        """The lines of `grade --json`."""
        self.layers: dict[str, bool] = {}
        """The box's layers, and whether each was active in every judged exercise."""
        self.faults: dict[tuple[str, str], list[int]] = {}
        """Where the grader failed: exercise and cause, and for how many students the score is unknown, or kept."""
        self.weights: dict[str, float] = {}
        """How much each week counts, by its number."""
        self.points = points or {}
        """What each week is worth: by the gradebook, or the most that anybody could get."""
        self._points: dict[str, float] = {}
        self.rows: list[tuple[Submission, dict[str, float | None]]] = []
        """Everybody's score of each week that was handed in."""
        self._grades: list[dict[str, object]] = []
        self._absent: dict[str, list[str]] = {week: [] for week in self.weeks}
        """By week, who handed nothing in."""
        self._present: set[str] = set()
        """The weeks in which anybody did."""
        self.handed_in = 0
        """How many handed something in, if only what nobody could read."""
        self.notices = Notices()

    def add(self, row: Row) -> None:
        graded = row.graded
        self.lines.append(row.as_json())
        self.handed_in += bool(graded.submission.files or graded.unusable)
        self.notices.add(graded.submission.student, graded.submission.notes)
        for result in graded.results:
            for name, active in result.layers.items():
                self.layers[name] = self.layers.get(name, True) and active
            if result.kept or not result.certain:
                fault = self.faults.setdefault((f"{result.week}/{result.exercise}", result.fault), [0, 0])
                fault[bool(result.kept)] += 1
        for week in row.weeks:  # what could not be judged counts for nobody, but only of that student
            most = sum(result.max_score for result in graded.results if result.week == week)
            self._points[week] = max(most or row.worth(week), self._points.get(week, 0))
            if row.missing or not (row.handed_in(week) or graded.problem or week in graded.unusable):
                self._absent[week].append(graded.submission.student)
            elif row.handed_in(week):
                self._present.add(week)
        self._grades.append(self._grades_line(row))
        scores = {week: row.week_final(week) if row.counts(week) else None for week in self.weeks}
        self.rows.append((msgspec.structs.replace(graded.submission, files={}, notebooks={}), scores))

    def bare(self, week: str) -> list[str]:
        """Return who handed nothing of a week in that others did."""
        return self._absent[week] if week in self._present else []

    def worth(self, week: str) -> float:
        return self.points.get(week) or self._points.get(week, 0)

    def _grades_line(self, row: Row) -> dict[str, object]:
        known = [result for result in row.graded.results if result.certain and row.counts(result.week)]
        columns: dict[str, object] = {
            "student": row.graded.submission.student,
            "name": row.graded.submission.name,
            "score": row.score,
            "late": row.late,
            "by_hand": row.by_hand or None,
            "final": row.final,
            "status": row.status,
            "reasons": "; ".join([*row.reasons, *([say("look_words", self.lang)] if row.words else [])]),
        }
        return columns | {f"{one.week}/{one.exercise}": one.score for one in known}

    def grades(self) -> str:
        """grades.csv: one line a student, one column an exercise."""
        head = ["student", "name", "score", "max_score", "late", "by_hand", "final", "percent", "status", "reasons"]
        top, names = sum(map(self.worth, self.weeks)), [*head, *self.names]
        lines = (
            line | {"max_score": top, "percent": share}
            for line, share in zip(self._grades, self.percents(), strict=True)
        )
        return table([[*names], *([line.get(name) for name in names] for line in lines)])

    def percents(self) -> list[float | None]:
        """What everybody has of the whole term: each week by its weight, its points where it has none."""
        pairs = zip(self.lines, self.rows, strict=True)
        return [None if line["score"] is None else self._percent(scores) for line, (_, scores) in pairs]

    def _percent(self, scores: dict[str, float | None]) -> float | None:
        weights = {week: self.weights.get(week[4:6], 1 if self.weights else self.worth(week)) for week in self.weeks}
        earned = [100 * weights[week] * (scores[week] or 0) / (self.worth(week) or 1) for week in weights]
        whole = sum(weights.values())
        return round(sum(earned) / whole, 2) if whole else None

    def canvas(self) -> str:
        """A gradebook that Canvas imports: its five fixed columns, then one assignment for each week.

        Canvas finds a student by the first of the three ids that is there; one that nobody told us stays blank.
        """
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *self.weeks]
        rows: list[list[object]] = [list(head), ["    Points Possible", "", "", "", "", *map(self.worth, self.weeks)]]
        for one, scores in self.rows:
            ids = one.canvas, one.sis, one.login
            if not any(ids):
                ids = "", one.student, one.student
            name = sorted_name(one.first, one.last) or one.name
            rows.append([name, *ids, one.section, *(scores[week] for week in self.weeks)])
        return table(rows)

"""The pages of a graded class: feedback.html for each student, report.html for the staff."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from grader.classroom import statistics
from grader.classroom.exports import Row
from grader.classroom.notices import Notices
from grader.classroom.results import Graded
from grader.classroom.similarity import Group, Pair
from grader.classroom.summary import score_text
from grader.course.weeks import Week
from grader.messages import render, say
from grader.outcomes import NOT_BEGUN, ExerciseResult, TestResult, Verdict
from grader.report import document, groups
from grader.report.document import TEMPLATES, clean
from grader.report.terminal import built_on, summary, words_of

CODE = re.compile(r"`([^`\n]+)`")
MOST_CHARACTERS, MOST_CODE = 6_000, 40_000
"""A longer print or traceback is cut."""
MOST_LOOKS, MOST_PAIRS, MOST_SLOW, MOST_COLUMNS, MOST_NAMES, MOST_OPEN = 100, 50, 6, 8, 40, 4
MOST_PASSAGES, MOST_HARDEST = 6, 5
ROOM_BEYOND_LIMIT = 4 / 3
"""How far a speed bar reaches beyond its limit."""


@dataclasses.dataclass(frozen=True)
class Card:
    """A test that did not pass, as a student reads it."""

    test: TestResult
    findings: list[str]
    trace: str
    also: list[TestResult]
    """Tests that failed for the same reason."""


def feedback(row: Row, weeks: dict[str, Week]) -> str:
    """Return the page of one student; its numbers are those of every table."""
    graded, lang = row.graded, row.lang
    tests = [test for result in graded.results if result.begun for test in result.tests]
    parts = [_part(result, graded, weeks, lang) for result in graded.results]
    return _render(
        "feedback.html.jinja",
        lang,
        who=graded.submission,
        known=row.final is not None,
        score=row.final,
        before=row.score,
        by_hand=row.by_hand,
        top=row.max_score,
        late=row.late,
        delays=[(weeks[name], one) for name, one in row.penalties.items() if one.days and name in weeks],
        problem=render(graded.problem, lang) if graded.problem else None,
        moves=_moves(row),
        missing=", ".join(name[4:6] for name in row.weeks) if row.missing else None,
        words=row.words,
        notes=[render(note, lang) for note in [*graded.submission.notes, *row.overruled]],
        counts=[(verdict, n) for verdict in Verdict if (n := sum(test.verdict is verdict for test in tests))],
        not_begun=sum(not result.begun for result in graded.results),
        parts=sorted(parts, key=lambda part: (part["result"].passed, not part["result"].begun)),  # what failed leads
        boxes=_boxes(graded.results),
    )


class ClassReport:
    """The page of the class, filled student by student: of each are kept a line of the table and what stands out."""

    def __init__(self, weeks: dict[str, Week], lang: str) -> None:
        self.weeks = weeks
        self.lang = lang
        self.tally = statistics.Tally(MOST_SLOW)
        self.names: dict[str, str] = {}
        """Of everybody, by student id."""
        self.finals: list[float] = []
        """Of everybody whose score is known."""
        self.missing: list[str] = []
        """Who handed nothing in."""
        self.unusable = 0
        """How many handed something in that could not be graded."""
        self.late: list[str] = []
        """Who lost points for being late."""
        self.words: list[str] = []
        """Whose answers in words wait for a person."""
        self.top = 0.0
        self.devices: dict[str, None] = {}
        self.looks: list[tuple[str, list[tuple[str, str]]]] = []
        self.more_looks = -MOST_LOOKS
        self.table = _Table()
        self.notices = Notices()
        self.groups: list[Group] = []
        """Students whose modules are the same."""

    def add(self, row: Row) -> None:
        """Take a student in."""
        graded, student, why = row.graded, row.graded.submission.student, row.looks
        self.tally.add(graded)
        self.names[student] = graded.submission.name
        self.notices.add(student, graded.submission.notes)
        self.top = max(self.top, row.max_score)
        self.devices.update(dict.fromkeys(result.device for result in graded.results))
        if row.missing or not (graded.problem or any(result.begun for result in graded.results)):
            self.missing.append(student)
        if row.late:
            self.late.append(student)
        if row.words:
            self.words.append(student)
        if row.max_score and row.final is not None:
            self.finals.append(row.final)
        elif not row.missing:
            self.unusable += 1
        if why:
            self.more_looks += 1
            if len(self.looks) < MOST_LOOKS:
                self.looks.append((student, _reasons(row, why)))
        self.table.add(row, why)

    @property
    def shares(self) -> list[float]:
        """The known scores, as shares of what can be reached."""
        return [final / self.top for final in self.finals] if self.top else []

    @property
    def median(self) -> float:
        return median(self.finals or [0.0])

    def page(self, pairs: Sequence[Pair], term: Sequence[tuple[Week, ClassReport]] = ()) -> str:
        """Return the page; `term` is the weeks with a page of their own, where there are several."""
        alike = [pair for pair in pairs if any(match.week in self.weeks for match in pair.matches)]
        alike.sort(key=lambda pair: -pair.share)
        return _render(
            "report.html.jinja",
            self.lang,
            script=(TEMPLATES / "table.js").read_text(encoding="utf-8"),
            people=self.names,
            weeks=self.weeks,
            top=self.top,
            devices=list(self.devices),
            looks=self.looks,
            more_looks=self.more_looks,
            term=term,
            named_lists=[
                (say("page_missing", self.lang), self.missing),
                (say("page_late_ones", self.lang), self.late),
                (say("page_words_open", self.lang), self.words),
                *((say(kind, self.lang), students) for kind, students in self.notices.found),
            ],
            unusable=self.unusable,
            without_score=len(self.names) - len(self.finals),
            full=sum(share > 1 - 1e-9 for share in self.shares),
            median=self.median,
            bins=statistics.spread(self.shares),
            rates=self.tally.rates,
            hardest=self.tally.hardest(MOST_HARDEST),
            mistakes=self.tally.spotted,
            slowest=self.tally.slowest,
            longest=self.tally.longest,
            groups=self.groups,
            pairs=alike[:MOST_PAIRS],
            more_pairs=len(alike) - MOST_PAIRS,
            most_passages=MOST_PASSAGES,
            most_names=MOST_NAMES,
            most_open=MOST_OPEN,
            data=self.table.data(self.top, self.lang),
        )


def prose(text: str) -> Markup:
    """Return a sentence with its `code` set as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(clean(text)))))


def cut(text: str, lang: str, most: int = MOST_CHARACTERS) -> str:
    """Return the text, and where it is very long only its beginning."""
    text = text.strip("\n")
    rest = len(text) - most
    return text if rest <= 0 else f"{text[:most]}\n{say('page_cut', lang, count=f'{rest:,}')}"


def speed_bar(ratio: float, limit: float) -> tuple[float, float]:
    """Return where the bar ends and where the limit stands, in percent of the width."""
    width = max(ratio, limit * ROOM_BEYOND_LIMIT)
    return round(100 * max(ratio, 0) / width, 1), round(100 * limit / width, 1)


def moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M %Z").strip()


def folder(student: str) -> str:
    """Return the student's folder as part of an address."""
    return quote(student, safe="")


@functools.cache
def _templates() -> Environment:
    return document.templates(prose=prose, percent="{:.0%}".format, folder=folder, moment=moment)


def _render(template: str, lang: str, script: str = "", **values: Any) -> str:
    words: dict[str, Callable[..., object]] = {
        "label": lambda verdict: say(f"verdict_{verdict.value}", lang).capitalize(),
        "cut_code": lambda text: cut(text, lang, MOST_CODE),
        "cut": lambda text: cut(text, lang),
        "speed_bar": speed_bar,
    }
    return document.render(_templates(), template, lang, script, V=Verdict, **words, **values)


def _moves(row: Row) -> list[str]:
    """Return, for every change of a week's score since it was first judged, when it was, by how much, and why."""
    lang, found = row.lang, list[str]()
    for week, scores in row.graded.history.items():
        for one, other in pairwise(scores):
            before, after = score_text(one.score), score_text(other.score)
            values = {"number": week[4:6], "time": moment(other.when), "before": before, "after": after}
            found += [say("page_moved", lang, why=say(other.why, lang), **values)] if before != after else []
    return found


def _part(result: ExerciseResult, graded: Graded, weeks: dict[str, Week], lang: str) -> dict[str, Any]:
    """One exercise of a student's page: what the terminal shows as well, the other tests in a line each, the code."""
    week = weeks[result.week]
    code = graded.submission.files.get(week.name, {}).get(f"{result.exercise}.py", b"")
    kept, _ = groups.shown(groups.groups(result.tests)) if result.begun else ([], 0)
    shown = [test for group in kept for test in (group.test, *group.also)]
    others = [test for test in result.tests if test not in shown] if result.begun else []
    passed = {one.exercise for one in graded.results if one.week == result.week and one.passed}
    faulty = [name for name in result.built_on if name not in passed]
    return {
        "result": result,
        "week": week,
        "built_on": built_on(faulty, lang) if faulty and result.begun and not result.passed else "",
        "title": week.exercise(result.exercise).title[lang],
        "code": code.decode("utf-8", "replace") if result.begun else "",
        "summary": summary(result, lang),
        "cards": [_card(group, lang) for group in kept],
        "more": [test for test in others if test.verdict not in (Verdict.PASSED, Verdict.SKIPPED)],
        "skipped": [test for test in others if test.verdict is Verdict.SKIPPED],
        "passed": [test for test in others if test.verdict is Verdict.PASSED],
    }


def _card(group: groups.Group, lang: str) -> Card:
    test = group.test
    findings = [words_of(finding, lang) for finding in test.findings]
    ours = test.verdict is not Verdict.FAILED or test.says in NOT_BEGUN
    return Card(test, findings, "" if ours else test.traceback, group.also)  # the grader's would show the suite


def _boxes(results: list[ExerciseResult]) -> list[dict[str, Any]]:
    """How the exercises were judged; those that were judged alike stand together."""
    boxes: list[dict[str, Any]] = []
    for result in results:
        how = {"device": result.device, "layers": result.layers}
        box = next((box for box in boxes if box["how"] == how), None)
        if box is None:
            boxes.append(box := {"how": how, "exercises": [], "seconds": 0.0})
        box["exercises"].append(result.exercise)
        box["seconds"] += result.seconds
    return boxes


def _reasons(row: Row, keys: list[str]) -> list[tuple[str, str]]:
    """Why somebody should look at a student: each reason, and what stands behind it."""
    graded, lang = row.graded, row.lang
    tests = [test for result in graded.results for test in result.tests]
    behind = {
        "look_problem": render(graded.problem, lang) if graded.problem else "",
        "look_broken": _faults([result for result in graded.results if result.at_fault]),
        "look_kept": _faults([result for result in graded.results if result.kept]),
        "look_unmeasured": "\n".join(test.sentence[lang] for test in tests if test.verdict is Verdict.UNMEASURED),
        "look_signs": "\n".join(dict.fromkeys(sign for result in graded.results for sign in result.signs)),
        "look_caught": "\n".join(dict.fromkeys(act for test in tests for act in test.caught)),
        "look_overruled": "\n".join(render(one, lang) for one in row.overruled),
        "look_ours": "\n".join(line for found in row.ours.values() for line in found),
    }
    return [(say(key, lang), behind.get(key, "")) for key in keys]


def _faults(results: list[ExerciseResult]) -> str:
    return "\n".join(f"{result.week}/{result.exercise}: {result.fault}" for result in results)


class _Table:
    """What the table of students shows, as data for its script."""

    def __init__(self) -> None:
        self.exercises: dict[tuple[str, str], int] = {}
        self.looks: dict[str, int] = {}
        self.rows: list[list[Any]] = []

    def add(self, row: Row, why: list[str]) -> None:
        cells: list[float | None] = [None] * len(self.exercises)
        for result in row.graded.results:
            place = self.exercises.setdefault((result.week, result.exercise), len(self.exercises))
            cells += [None] * (place + 1 - len(cells))
            cells[place] = round(result.score, 2) if result.certain else None
        reasons = [self.looks.setdefault(key, len(self.looks)) for key in why]
        student, name = row.graded.submission.student, row.graded.submission.name
        shown = clean("" if name == student else name)
        self.rows.append([clean(folder(student)), clean(student), shown, row.final, row.max_score, reasons, cells])

    def data(self, top: float, lang: str) -> dict[str, Any]:
        few = len(self.exercises) <= MOST_COLUMNS
        names = [f"{week[4:6]} {exercise}" for week, exercise in self.exercises] if few else []
        for row in self.rows:
            row[-1] = (row[-1] + [None] * len(names))[: len(names)]
        words = {key: say(f"page_table_{key}", lang) for key in ("range", "none", "student", "score", "look")}
        looks = [say(key, lang) for key in self.looks]
        return {"top": top, "names": clean(names), "looks": looks, "words": words, "rows": self.rows}

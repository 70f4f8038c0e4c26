"""What `grade` says at its end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from grader.classroom.exports import GradeTable
from grader.messages import say
from grader.report.terminal import number, printable
from grader.report.wrapping import tell

MOST_NAMES = 40
"""So many students, or reasons, are named on the terminal; the report names them all."""
FEW = 6
"""So many students are named beside one reason."""


class Summary:
    """One run in words, or as JSON."""

    def __init__(self, lang: str, out: Path, as_json: bool) -> None:
        self.lang = lang
        self.out = out
        self.as_json = as_json
        self.grade_table = GradeTable([], lang)
        """This run's students and weeks."""
        self.term = self.grade_table
        """Everybody and everything in the output folder."""
        self.before: dict[str, tuple[float | None, float]] = {}
        """The scores and maxima of the run before."""
        self.remarks: list[str] = []
        """What else there is to say."""
        self.removed: list[str] = []
        """Whose reports went."""

    def tell(self, strangers: list[str], changes: bool) -> None:
        """Print what came of the run; `strangers` are ids of the class file that nobody has."""
        lines = self.grade_table.lines
        if self.as_json:
            print(json.dumps(lines, ensure_ascii=False, indent=2))
            return
        if not lines:
            self.say("graded_nobody", path=self.out / "report.html")
            return
        looks = [line for line in lines if line["status"] not in ("graded", "words", "missing")]
        self.say("graded_all", count=self.grade_table.handed_in, looks=len(looks))
        self.looks(looks)
        for week in self.grade_table.weeks:
            if bare := self.grade_table.bare(week):
                self.line(say("graded_bare", self.lang, week=week), f"{len(bare)} ({names(bare, FEW)})")
        if words := sum(bool(line["words"]) for line in lines):
            self.say("graded_words", count=words, all=len(lines))
        for kind, students in self.grade_table.notices.found:
            self.line(say(kind, self.lang), f"{len(students)} ({names(students, FEW)})")
        if changes:
            self.changes()
        if strangers:
            self.say("rules_strangers", students=names(strangers))
        if self.removed:
            self.say("reports_removed", path=self.out, count=len(self.removed), students=names(self.removed))
        for remark in self.remarks:
            tell(remark)
        self.say("layers_line", layers=", ".join(self.layers()) or "-")
        self.say("report_at", path=self.out / "report.html")

    def looks(self, lines: list[dict[str, Any]]) -> None:
        """Say why which students should be looked at; those with one reason stand together."""
        by_reason: dict[str, list[str]] = {}
        for line in lines:
            for reason in line["reasons"]:
                by_reason.setdefault(reason, []).append(line["student"])
        for reason, students in list(by_reason.items())[:MOST_NAMES]:
            self.line(names(students, FEW), reason)
        if len(by_reason) > MOST_NAMES:
            self.say("more_looks", count=len(by_reason) - MOST_NAMES)

    def changes(self) -> None:
        """Say whose score, and whose maximum, is another than before, and who is new."""
        changed = 0
        for line in self.term.lines:
            student, score, top = line["student"], line["score"], line["max_score"]
            before, old_top = self.before.get(student, (score, top))
            if before != score:
                changed += 1
                self.say(
                    "score_changed", student=printable(student), before=score_text(before), after=score_text(score)
                )
            if old_top != top:
                self.say(
                    "maximum_changed", student=printable(student), before=score_text(old_top), after=score_text(top)
                )
        new = [line["student"] for line in self.term.lines if line["student"] not in self.before]
        if self.before and new:
            self.say("scores_new", count=len(new), students=names(new))
        self.say("scores_changed", count=changed)

    def faults(self) -> None:
        """Say where the grader itself failed, and what became of the scores."""
        for (exercise, problem), (blank, kept) in self.grade_table.faults.items():
            values = {"exercise": exercise, "problem": printable(problem), "blank": blank, "kept": kept}
            tell(say("grade_fault", self.lang, **values), sys.stderr)

    def layers(self) -> list[str]:
        """The box's layers that were active in every judged exercise; others are marked."""
        inactive = say("inactive", self.lang)
        return [name if active else f"{name} ({inactive})" for name, active in self.grade_table.layers.items()]

    def line(self, label: str, text: str) -> None:
        tell("  " + say("labelled", self.lang, label=label, text=text))

    def say(self, key: str, **values: object) -> None:
        tell(say(key, self.lang, **values))


def names(students: list[str], most: int = MOST_NAMES) -> str:
    """Return the names in a line, the first of many."""
    more = [f"… +{len(students) - most}"] if len(students) > most else []
    return ", ".join([*map(printable, students[:most]), *more])


def score_text(score: float | None) -> str:
    return "–" if score is None else number(score)

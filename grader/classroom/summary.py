"""What `grade` says at its end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grader.classroom.exports import Books
from grader.messages import say
from grader.report.terminal import printable

MOST_NAMES = 40
"""So many students are named on the terminal; the report names them all."""


class Summary:
    """One run in words, or as JSON."""

    def __init__(self, lang: str, out: Path, as_json: bool) -> None:
        self.lang = lang
        self.out = out
        self.as_json = as_json
        self.books = Books([], lang)
        """This run's students and weeks."""
        self.term = self.books
        """Everybody and everything in the output folder."""
        self.before: dict[str, tuple[float | None, float]] = {}
        """The scores and maxima of the run before."""
        self.remarks: list[str] = []
        """What else there is to say."""
        self.removed: list[str] = []
        """Whose reports went."""

    def tell(self, strangers: list[str], changes: bool) -> None:
        """Print what came of the run; `strangers` are ids of the class file that nobody has."""
        lines = self.books.lines
        if self.as_json:
            print(json.dumps(lines, ensure_ascii=False, indent=2))
            return
        looks = [line for line in lines if line["status"] != "graded"]
        self.say("graded_all", count=len(lines), looks=len(looks))
        for line in looks[:MOST_NAMES]:
            print(f"  {printable(line['student'])}: {'; '.join(line['reasons'])}")
        if len(looks) > MOST_NAMES:
            self.say("more_looks", count=len(looks) - MOST_NAMES)
        if changes:
            self.changes()
        if strangers:
            self.say("rules_strangers", students=names(strangers))
        if self.removed:
            self.say("reports_removed", path=self.out, count=len(self.removed), students=names(self.removed))
        for remark in self.remarks:
            print(remark)
        self.say("layers_line", layers=", ".join(self.layers()) or "-")
        self.say("report_at", path=self.out / "report.html")

    def changes(self) -> None:
        """Say whose score, and whose maximum, is another than before, and who is new."""
        changed = 0
        for line in self.term.lines:
            student, score, top = line["student"], line["score"], line["max_score"]
            before, old_top = self.before.get(student, (score, top))
            if before != score:
                changed += 1
                self.say("score_changed", student=printable(student), before=shown(before), after=shown(score))
            if old_top != top:
                self.say("maximum_changed", student=printable(student), before=shown(old_top), after=shown(top))
        new = [line["student"] for line in self.term.lines if line["student"] not in self.before]
        if self.before and new:
            self.say("scores_new", count=len(new), students=names(new))
        self.say("scores_changed", count=changed)

    def faults(self) -> None:
        """Say where the grader itself failed, and what became of the scores."""
        for (exercise, problem), (blank, kept) in self.books.faults.items():
            values = {"exercise": exercise, "problem": printable(problem), "blank": blank, "kept": kept}
            print(say("grade_fault", self.lang, **values), file=sys.stderr)

    def layers(self) -> list[str]:
        """The box's layers that were active in every judged exercise; others are marked."""
        inactive = say("inactive", self.lang)
        return [name if active else f"{name} ({inactive})" for name, active in self.books.layers.items()]

    def say(self, key: str, **values: object) -> None:
        print(say(key, self.lang, **values))


def names(students: list[str]) -> str:
    """Return the names in a line, the first of many."""
    return ", ".join([*map(printable, students[:MOST_NAMES]), *(["…"] if len(students) > MOST_NAMES else [])])


def shown(score: float | None) -> str:
    return "–" if score is None else f"{score:g}"

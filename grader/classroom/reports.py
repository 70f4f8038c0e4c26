"""The files of an output folder: reports of every student, tables and pages of the class, all written atomically."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from grader.classroom import exports, pages
from grader.classroom.canvas import Template
from grader.classroom.exports import GradeTable, Row
from grader.classroom.similarity import Likeness
from grader.course.weeks import Exercise, Week
from grader.files import write_atomically
from grader.messages import say
from grader.report.terminal import number, printable

REPORTS = ("results.json", "feedback.html")
"""What is written into a student's folder."""


class Reports:
    """Writes the output folder student by student, then what is about the class."""

    def __init__(
        self, out: Path, chosen: list[tuple[Week, Exercise]], lang: str, points: dict[str, float] | None = None
    ) -> None:
        self.out = out
        self.lang = lang
        self.weeks = {week.name: week for week, _ in chosen}
        self.grade_table = GradeTable(chosen, lang, points)
        self.report = pages.ClassReport(self.weeks, lang)
        several = self.weeks if len(self.weeks) > 1 else {}
        self.by_week = {name: pages.ClassReport({name: week}, lang) for name, week in several.items()}
        """A page for each week, where there is more than one."""
        self.remarks: list[str] = []

    def add(self, row: Row) -> None:
        """Write a student's reports, and take the student into what is about the class."""
        folder = self.out / row.graded.submission.student
        own = row.for_student()
        texts = exports.student_json(own), pages.feedback(own, self.weeks)
        for name, text in zip(REPORTS, texts, strict=True):
            write_atomically(folder / name, text.encode())
        self.grade_table.add(row)
        self.report.add(row)
        for name in row.weeks if self.by_week else ():
            self.by_week[name].add(row.within([name]))

    def canvas(self, template: Template | None) -> bytes:
        """Return canvas.csv: the export that Canvas gave with the scores in it, or a gradebook of our own."""
        if template is None:
            return self.grade_table.canvas().encode()
        data, unmatched = template.fill(self.grade_table.rows)
        self.remarks += self._of_canvas(template, unmatched)
        return data

    def _of_canvas(self, template: Template, unmatched: list[str]) -> Iterator[str]:
        if template.unknown:
            yield say("canvas_no_column", self.lang, path=template.path, weeks=", ".join(template.unknown))
        for week, theirs in template.worth.items():
            if theirs != (ours := self.grade_table.worth(week)):
                yield say("canvas_points", self.lang, week=week, theirs=number(theirs), ours=number(ours))
        for kind, students in (
            ("unmatched", unmatched),
            ("strangers", template.strangers),
            ("excused", template.excused),
        ):
            if students:
                names = ", ".join(map(printable, students))
                yield say(f"canvas_{kind}", self.lang, count=len(students), students=names)

    def finish(self, similar: Likeness, template: Template | None = None) -> list[str]:
        """Write what is about the class; return the students whose reports went, for nobody graded knows them."""
        write_atomically(self.out / "grades.csv", self.grade_table.grades().encode("utf-8-sig"))
        write_atomically(self.out / "canvas.csv", self.canvas(template))
        pairs, groups = similar.pairs(), similar.groups()
        for report in (self.report, *self.by_week.values()):
            report.groups = groups
        for name, report in self.by_week.items():
            write_atomically(self.out / f"{name}.html", report.page(pairs).encode())
        page = self.report.page(pairs, [(self.weeks[name], report) for name, report in self.by_week.items()])
        write_atomically(self.out / "report.html", page.encode())
        return remove_reports(self.out, {line["student"] for line in self.grade_table.lines})


def old_scores(out: Path) -> dict[str, tuple[float | None, float]]:
    """The scores and maxima of the run before, by student."""
    found = {}
    for path in out.glob("*/results.json"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            data = json.loads(path.read_bytes())
            found[path.parent.name] = (data["score"], float(data["max_score"]))
    return found


def remove_reports(out: Path, written: set[str]) -> list[str]:
    """Remove the report folders of earlier runs on students who are not in this one; return their names.

    A folder goes only when it holds two regular files and nothing else: the reports that we wrote on its student.
    """
    now = {_identity(out / name) for name in written}
    removed = []
    for folder in sorted(out.iterdir()):
        with contextlib.suppress(OSError):  # somebody else's, and closed to us
            if _holds_reports(folder) and _identity(folder) not in now:
                for name in REPORTS:
                    (folder / name).unlink()
                folder.rmdir()
                removed.append(folder.name)
    return removed


def _holds_reports(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    files = {path.name: path.is_file() and not path.is_symlink() for path in folder.iterdir()}
    return files == dict.fromkeys(REPORTS, True) and _is_report(folder / REPORTS[0])


def _identity(folder: Path) -> tuple[int, int]:
    """Return what tells a folder from any other, also where a file system takes two spellings for one name."""
    found = folder.stat()
    return found.st_dev, found.st_ino


def _is_report(path: Path) -> bool:
    """Whether a results.json is ours and on the student whose folder it lies in."""
    try:
        return bool(json.loads(path.read_bytes())["extra_data"]["student"] == path.parent.name)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False

"""`grade`: a folder of submissions in, a folder of grades out.

Refuses to run untrusted code where the box cannot be locked. Knows nothing of how one submission is judged.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from grader import records
from grader.checking import check_device
from grader.classroom import Classroom, Graded, Progress, owned
from grader.course import Course
from grader.engine import CAN_FORK, Engine
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import Submission, collect
from grader.intake.lateness import Lateness, Penalty, read_rules
from grader.messages import say
from grader.records import Row
from grader.report import printable

if TYPE_CHECKING:
    from grader.gradebook.folder import CourseFolder

EXAMPLE_CLASS = "datasets/example_class"


class Grading:
    """One run of `grade`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.example = args.source is None
        self.source: Path = args.source or args.root / EXAMPLE_CLASS / "submissions"
        self.out: Path = args.out or args.root / "graded"
        if not self.source.is_dir():
            raise UserError("no_submissions", path=self.source)
        self.chosen = self.course.select(args.week or ("05" if self.example else None), None)
        self.rules: Lateness | None = read_rules(args.rules, self.course) if args.rules else None
        self.locked = not args.trust_submissions
        self.folder = self.course_folder()

    def course_folder(self) -> CourseFolder | None:
        """Return the course directory that gets the grades too; without WEEK, its weeks are what is graded."""
        if self.args.course is None:
            return None
        try:
            from grader.gradebook.folder import CourseFolder
        except ImportError as error:
            raise UserError("course_no_nbgrader", problem=error) from error
        folder = CourseFolder(self.args.course, self.lang)
        built = {week.name for week in folder.expect(list({week.name: week for week, _ in self.chosen}.values()))}
        self.chosen = [(week, exercise) for week, exercise in self.chosen if week.name in built]
        return folder

    def run(self) -> int:
        if self.locked:
            refuse_without_walls()
        with owned(self.out):
            submissions = collect(self.source, self.course, self.args.week, self.args.roster)
            if not submissions:
                raise UserError("no_submissions", path=self.source)
            room = Classroom(self.course, self.chosen, self.out, self.locked, self.args.device)
            before = self.old_scores() if self.args.changes else {}
            rows = [self.row(graded) for graded in self.judge(room, submissions)]
            self.write(rows)
            recorded = self.record(rows)
        self.summary(rows, before)
        if recorded and not self.args.json:
            print("\n".join(recorded))
        return 0

    def judge(self, room: Classroom, submissions: list[Submission]) -> list[Graded]:
        if self.args.json or not sys.stderr.isatty():
            return room.grade(submissions, self.engine, self.args.jobs)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        words, rate = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
        columns = (words, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        with Bar(*columns, console=Console(stderr=True)) as bar:
            line = bar.add_task(say("grading", self.lang), total=len(submissions), rate="")

            def progress(now: Progress) -> None:
                speed = say("per_minute", self.lang, count=round(60 * (bar.tasks[0].speed or 0)))
                bar.update(line, completed=now.done, total=now.students, rate=speed)

            return room.grade(submissions, self.engine, self.args.jobs, progress)

    def engine(self) -> Engine:
        engine = Engine()
        try:
            check_device(self.args.device, engine)
        except UserError:
            engine.close()
            raise
        return engine

    def row(self, graded: Graded) -> Row:
        penalties: dict[str, Penalty] = {}
        if self.rules:
            penalties = {week.name: self.rules.penalty(graded.submission, week.name) for week, _ in self.chosen}
        return Row(graded, penalties, self.lang)

    def write(self, rows: list[Row]) -> None:
        """Write every file of the output folder; each is whole or old."""
        from grader import pages
        from grader.similarity import pairs

        weeks = {week.name: week for week, _ in self.chosen}
        points: dict[str, float] = {}
        for result in max((row.graded.results for row in rows), key=len, default=[]):
            points[result.week] = points.get(result.week, 0) + result.max_score
        everyone = [row.graded for row in rows]
        for row in rows:
            folder = self.out / row.graded.submission.student
            write_atomically(folder / "results.json", records.student_json(row).encode())
            write_atomically(
                folder / "feedback.html", pages.feedback(row.graded, weeks, self.lang, row.late, row.penalties).encode()
            )
        late = {row.graded.submission.student: row.late for row in rows}
        similar = pairs([graded.submission for graded in everyone], self.course)
        write_atomically(self.out / "grades.csv", records.grades(rows, self.chosen).encode("utf-8-sig"))
        write_atomically(self.out / "canvas.csv", records.canvas(rows, self.chosen, points).encode("utf-8-sig"))
        write_atomically(
            self.out / "report.html", pages.class_report(everyone, weeks, self.lang, similar, late).encode()
        )

    def record(self, rows: list[Row]) -> list[str]:
        """Write the grades into the course directory, if there is one; return what there is to say."""
        if self.folder is None:
            return []
        weeks = list({week.name: week for week, _ in self.chosen}.values())
        count, left = self.folder.record([row.graded for row in rows], weeks, self.source)
        return [*left, say("course_recorded", self.lang, count=count, left=len(left))]

    def old_scores(self) -> dict[str, float]:
        """The scores of the run before, by student."""
        found = {}
        for path in self.out.glob("*/results.json"):
            try:
                found[path.parent.name] = float(json.loads(path.read_bytes())["score"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def summary(self, rows: list[Row], before: dict[str, float]) -> None:
        if self.args.json:
            print(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2))
            return
        looks = [row for row in rows if row.status != "graded"]
        self.say("graded_all", count=len(rows), looks=len(looks))
        for row in looks:
            print(f"  {printable(row.graded.submission.student)}: {printable('; '.join(row.reasons))}")
        if self.args.changes:
            self.changes(rows, before)
        strangers = self.rules.strangers(row.graded.submission.student for row in rows) if self.rules else []
        if strangers:
            self.say("rules_strangers", students=", ".join(strangers))
        self.say("layers_line", layers=", ".join(self.layers(rows)) or "-")
        self.say("report_at", path=self.out / "report.html")

    def changes(self, rows: list[Row], before: dict[str, float]) -> None:
        changed = 0
        for row in rows:
            student = row.graded.submission.student
            if student in before and before[student] != row.final:
                changed += 1
                self.say("score_changed", student=student, before=f"{before[student]:g}", after=f"{row.final:g}")
        self.say("scores_changed", count=changed)

    def layers(self, rows: list[Row]) -> list[str]:
        """The box's layers that were active in every judged exercise; others are marked."""
        seen: dict[str, bool] = {}
        for result in (result for row in rows for result in row.graded.results):
            for name, active in result.layers.items():
                seen[name] = seen.get(name, True) and active
        return [name if active else f"{name} ({say('inactive', self.lang)})" for name, active in seen.items()]

    def say(self, key: str, **values: object) -> None:
        print(say(key, self.lang, **values))


def refuse_without_walls(missing: Callable[[], dict[str, str]] | None = None) -> None:
    """Raise a UserError when this machine cannot lock a box; says which layers are missing and why."""
    if not CAN_FORK:
        raise UserError("no_walls", missing=f"Linux ({sys.platform})")
    from grader.box.walls import missing_layers

    lacking = (missing or missing_layers)()
    if lacking:
        raise UserError("no_walls", missing="; ".join(f"{name}: {why}" for name, why in lacking.items()))

"""`grade`: a folder of submissions in, a folder of grades out.

Refuses to run untrusted code where the box cannot be locked. Knows nothing of how one submission is judged.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.classroom import exports
from grader.classroom.exports import Books, Row
from grader.classroom.jobs import Job, Keep, Pool
from grader.classroom.results import Classroom, Graded, Progress, owned
from grader.classroom.similarity import Likeness
from grader.course.weeks import Course, Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import each
from grader.intake.lateness import Lateness, Penalty, read_rules
from grader.judge.coordinator import Engine
from grader.judge.readiness import check_device, refuse_without_walls
from grader.messages import say
from grader.outcomes import AT_FAULT
from grader.report.terminal import printable

if TYPE_CHECKING:
    from grader.intake import Submission

EXAMPLE_CLASS = "datasets/example_class"
REPORTS = ("results.json", "feedback.html")
"""What is written into a student's folder."""
MOST_LOOKS = 40
"""So many students are named on the terminal; the report names them all."""


class Recorder(Protocol):
    """What keeps the grades of a class beside our own reports: a course directory of nbgrader."""

    remarks: list[str]
    enrolled: set[str]

    def expect(self, weeks: list[Week]) -> list[Week]: ...
    def lateness(self, file: Path | None, course: Course, weeks: list[Week]) -> Lateness | None: ...
    def complete(self, submission: Submission, named: bool) -> None: ...
    def record(self, room: Classroom, weeks: list[Week]) -> tuple[int, list[str]]: ...


class Grading:
    """One run of `grade`; `recorder` opens what keeps the grades, for a course directory, a language and a source."""

    def __init__(self, args: argparse.Namespace, recorder: Callable[[Path, str, Path], Recorder] | None = None) -> None:
        self.recorder = recorder
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.example = args.source is None
        self.source: Path = args.source or args.root / EXAMPLE_CLASS / "submissions"
        self.out: Path = args.out or args.root / "graded"
        if not self.source.is_dir():
            raise UserError("no_submissions", path=self.source)
        self.chosen = self.course.select(args.week or ("05" if self.example else None), None)
        self.locked = not args.trust_submissions
        self.folder = self.course_folder()
        self.rules = self.class_rules()

    @property
    def weeks(self) -> list[Week]:
        return list({week.name: week for week, _ in self.chosen}.values())

    def class_rules(self) -> Lateness | None:
        """Return what lateness costs: by RULES, else by the course directory's class file."""
        if self.folder:
            return self.folder.lateness(self.args.rules, self.course, self.weeks)
        return read_rules(self.args.rules, self.course) if self.args.rules else None

    def course_folder(self) -> Recorder | None:
        """Return the course directory that gets the grades too; without WEEK, its weeks are what is graded."""
        if self.args.course is None or self.recorder is None:
            return None
        folder = self.recorder(self.args.course, self.lang, self.source)
        built = {week.name for week in folder.expect(self.weeks)}
        self.chosen = [(week, exercise) for week, exercise in self.chosen if week.name in built]
        return folder

    def run(self) -> int:
        if self.locked and not self.args.cluster:
            refuse_without_walls()
        with owned(self.out):
            room = Classroom(self.course, self.chosen, self.out, self.locked, self.args.device)
            similar = Likeness(self.course)
            for submission in each(self.source, self.course, self.args.week, self.args.roster):
                if self.folder:
                    self.folder.complete(submission, named=bool(self.args.roster))
                room.admit(submission)
                similar.add(submission)
            if not len(room):
                raise UserError("no_submissions", path=self.source)
            before = self.old_scores() if self.args.changes else {}
            self.judge(room)
            books = self.write(room, similar)
            removed = remove_reports(self.out, {line["student"] for line in books.lines})
            recorded, refused = self.record(room)
        self.summary(books, before, removed)
        if recorded and not self.args.json:
            print("\n".join(recorded))
        self.faults(books)
        if refused:
            raise refused
        return AT_FAULT if books.faults else 0

    def judge(self, room: Classroom) -> None:
        if self.args.json or not sys.stderr.isatty():
            room.judge(self.carry_out)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        words = TextColumn("{task.fields[students]}  {task.fields[rate]}")
        with Bar(*columns, words, console=Console(stderr=True)) as bar:
            line = bar.add_task(say("grading", self.lang), total=None, students="", rate="")

            def progress(now: Progress) -> None:
                rate = say("per_minute", self.lang, count=round(60 * (bar.tasks[0].speed or 0)))
                students = say("students_done", self.lang, done=now.done, all=now.students)
                bar.update(line, completed=now.judged, total=now.to_judge, students=students, rate=rate)

            room.judge(self.carry_out, progress)

    def carry_out(self, jobs: Iterator[Job], keep: Keep) -> None:
        """Have jobs carried out on this machine or on the cluster."""
        if not self.args.cluster:
            Pool(self.course, self.engine, self.args.jobs).run(jobs, keep)
            return
        try:
            from grader.classroom.cluster import Cluster
        except ImportError as error:
            raise UserError("no_dask", problem=error) from error
        with Cluster(self.args.cluster, self.chosen, self.locked, self.args.device, self.tell) as cluster:
            cluster.run(jobs, keep)

    def tell(self, key: str, **values: object) -> None:
        """Say something while the class is being graded."""
        print(say(key, self.lang, **values), file=sys.stderr, flush=True)

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

    def write(self, room: Classroom, similar: Likeness) -> Books:
        """Write every file of the output folder, student by student; each file is whole or old."""
        from grader.classroom import pages

        weeks = {week.name: week for week in self.weeks}
        books, report = Books(self.chosen, self.lang), pages.ClassReport(weeks, self.lang)
        for graded in room:
            row = self.row(graded)
            folder = self.out / graded.submission.student
            page = pages.feedback(graded, weeks, self.lang, row.late or 0, row.penalties)
            for name, text in zip(REPORTS, (exports.student_json(row), page), strict=True):
                write_atomically(folder / name, text.encode())
            books.add(row)
            report.add(graded, row.late or 0)
        write_atomically(self.out / "grades.csv", books.grades().encode("utf-8-sig"))
        write_atomically(self.out / "canvas.csv", books.canvas().encode("utf-8-sig"))
        write_atomically(self.out / "report.html", report.page(similar.pairs()).encode())
        return books

    def record(self, room: Classroom) -> tuple[list[str], UserError | None]:
        """Write the grades into the course directory, if there is one; return what there is to say, and what failed."""
        if self.folder is None:
            return [], None
        try:
            count, left = self.folder.record(room, self.weeks)
        except UserError as error:  # the reports are written: they are told of before it
            return self.folder.remarks, error
        return [*self.folder.remarks, *left, say("course_recorded", self.lang, count=count, left=len(left))], None

    def faults(self, books: Books) -> None:
        """Say where the grader itself failed, and what became of the scores."""
        for (exercise, problem), (blank, kept) in books.faults.items():
            values = {"exercise": exercise, "problem": printable(problem), "blank": blank, "kept": kept}
            self.tell("grade_fault", **values)

    def old_scores(self) -> dict[str, float]:
        """The scores of the run before, by student."""
        found = {}
        for path in self.out.glob("*/results.json"):
            try:
                found[path.parent.name] = float(json.loads(path.read_bytes())["score"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def summary(self, books: Books, before: dict[str, float], removed: list[str]) -> None:
        if self.args.json:
            print(json.dumps(books.lines, ensure_ascii=False, indent=2))
            return
        looks = [line for line in books.lines if line["status"] != "graded"]
        self.say("graded_all", count=len(books.lines), looks=len(looks))
        for line in looks[:MOST_LOOKS]:
            print(f"  {printable(line['student'])}: {'; '.join(line['reasons'])}")
        if len(looks) > MOST_LOOKS:
            self.say("more_looks", count=len(looks) - MOST_LOOKS)
        if self.args.changes:
            self.changes(books, before)
        students = {line["student"] for line in books.lines} | (self.folder.enrolled if self.folder else set())
        strangers = self.rules.strangers(students) if self.rules else []
        if strangers:
            self.say("rules_strangers", students=", ".join(strangers))
        if removed:
            names = ", ".join(map(printable, removed[:MOST_LOOKS])) + (", …" if len(removed) > MOST_LOOKS else "")
            self.say("reports_removed", path=self.out, count=len(removed), students=names)
        self.say("layers_line", layers=", ".join(self.layers(books)) or "-")
        self.say("report_at", path=self.out / "report.html")

    def changes(self, books: Books, before: dict[str, float]) -> None:
        changed = 0
        for line in books.lines:
            student, score = line["student"], line["score"]
            if student in before and before[student] != score:
                changed += 1
                after = "–" if score is None else f"{score:g}"
                self.say("score_changed", student=printable(student), before=f"{before[student]:g}", after=after)
        self.say("scores_changed", count=changed)

    def layers(self, books: Books) -> list[str]:
        """The box's layers that were active in every judged exercise; others are marked."""
        inactive = say("inactive", self.lang)
        return [name if active else f"{name} ({inactive})" for name, active in books.layers.items()]

    def say(self, key: str, **values: object) -> None:
        print(say(key, self.lang, **values))


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

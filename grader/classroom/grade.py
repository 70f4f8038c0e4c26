"""`grade`: a folder of submissions in, a folder of grades out.

Refuses to run untrusted code where the box cannot be locked.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from grader.classroom.canvas import Template
from grader.classroom.changes import changed, in_teams
from grader.classroom.estimate import time_left
from grader.classroom.exports import Entered, GradeTable, Row
from grader.classroom.ledger import Ledger
from grader.classroom.reports import Reports, old_scores
from grader.classroom.results import STORE, Classroom, Graded, Keep, Progress, Run, Tasks, on_this_machine, owned
from grader.classroom.similarity import Likeness
from grader.classroom.summary import Summary
from grader.course import inventory, proofs
from grader.course.weeks import Course, Exercise, Week, weeks_of
from grader.errors import UserError
from grader.files import keep_out_of_git, write_atomically
from grader.intake import Submission, each
from grader.intake.clocks import Clocks
from grader.intake.lateness import Changes, Lateness, Penalty, read_rules
from grader.intake.roster import Roster, read_roster
from grader.judge.readiness import refuse_without_walls
from grader.messages import say
from grader.outcomes import AT_FAULT
from grader.report.next_command import command
from grader.report.wrapping import tell

EXAMPLE_CLASS = "grader/classroom/example_class"
TELL_SECONDS = 30
"""So often a log is told how far the run is."""


def example_out(root: Path) -> Path:
    """Return the output folder of who names none."""
    return root / "graded"


class Recorder(Protocol):
    """What keeps the grades of a class beside our own reports: a course directory of nbgrader."""

    remarks: list[str]
    enrolled: set[str]

    def expect(self, weeks: list[Week]) -> list[Week]: ...
    def built(self, weeks: list[Week]) -> list[Week]: ...
    def apply_class_file(self, file: Path | None, course: Course, weeks: list[Week]) -> Lateness | None: ...
    def complete(self, submission: Submission) -> None: ...
    def roster(self) -> Roster | None: ...
    def record(self, everyone: Iterable[Graded], weeks: list[Week]) -> tuple[int, list[str]]: ...
    def entered(self, weeks: list[Week]) -> dict[str, dict[str, Entered]]: ...
    def points(self, weeks: list[Week]) -> dict[str, float]: ...


class Grading:
    """One run of `grade`; `args.recorder` opens what keeps the grades too."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.example = args.source is None
        self.source: Path = args.source or args.root / EXAMPLE_CLASS / "submissions"
        self.out: Path = args.out or example_out(args.root)
        if not self.source.is_dir():
            raise UserError("no_submissions", path=self.source)
        if self.out.resolve() == self.source.resolve():
            raise UserError("out_is_source", path=self.out)
        asked = args.week or ("05" if self.example else "")
        self.asked = self.course.asked(asked) if asked else []
        self.chosen = self.exercises([week.name for week in self.asked] or None)
        self.locked = not args.trust_submissions
        self.folder = self.course_folder()
        self.rules: Lateness | None = None
        self.handed_in: set[str] = set()
        """The weeks of which anybody handed something in."""
        if args.rules:  # before anything is written: a file that is refused leaves nothing behind
            read_rules(args.rules, self.course)
        if args.canvas:
            Template(args.canvas, [week.name for week in self.weeks])

    def exercises(self, weeks: list[str] | None) -> list[tuple[Week, Exercise]]:
        """Return the exercises of these weeks, in the course's order; of all where None."""
        return [one for one in self.course.select(None, None) if weeks is None or one[0].name in weeks]

    @property
    def weeks(self) -> list[Week]:
        return weeks_of(self.chosen)

    def class_rules(self, weeks: list[Week]) -> Lateness | None:
        """Return what lateness costs: by the course directory's class file, else by RULES, of this run or the last."""
        if self.folder:
            return self.folder.apply_class_file(self.args.rules, self.course, self.folder.built(weeks))
        kept, path = self.out / STORE / "rules", self.args.rules
        if path:
            write_atomically(kept, os.fsencode(path.resolve()))
        elif kept.is_file():  # without it, decisions and extensions would be gone without a word
            path = Path(os.fsdecode(kept.read_bytes()))
            if not path.is_file():
                raise UserError("rules_gone", path=path)
            self.tell("rules_as_before", path=path)
        return read_rules(path, self.course) if path else None

    def course_folder(self) -> Recorder | None:
        """Return the course directory that gets the grades too; without WEEK, its weeks are what is graded."""
        if self.args.course is None:
            return None
        folder: Recorder = self.args.recorder(self.args.course, self.lang, self.source)
        built = [week.name for week in folder.expect(self.weeks)]
        left = ", ".join(week.name for week in self.weeks if self.asked and week.name not in built)
        if left:
            self.tell("course_left_weeks", weeks=left, path=self.args.course)
        self.chosen = self.exercises(built)
        return folder

    def run(self) -> int:
        if self.locked and not self.args.cluster:
            refuse_without_walls()
        if not any(self.out.glob("*")):  # of a folder that held something already, git sees what it saw
            keep_out_of_git(self.out, self.args.root)
        with owned(self.out):
            ledger = Ledger(self.out)
            everything = self.exercises([*ledger.weeks, *(week.name for week in self.weeks)])
            self.rules = self.class_rules(weeks_of(everything))
            classroom = Classroom(self.course, self.chosen, self.out, self.locked, self.args.device, self.args.again)
            self.admit(classroom, ledger)
            self.warn_of_unproven()
            self.judge(classroom)
            self.handed_in = ledger.handed_in
            ledger.remember(ledger.graded(self.course, classroom.result, only=True), self.changed)
            ledger.write()
            summary = Summary(self.lang, self.out, self.args.json)
            summary.before = old_scores(self.out)
            recorded, refused = self.record(classroom, ledger)
            self.write(classroom, ledger, everything, summary)
        strangers = self.rules.strangers({*ledger.entries, *self.enrolled()}) if self.rules else []
        summary.tell(strangers, self.args.changes)
        if recorded and not self.args.json:
            tell("\n".join(recorded))
        summary.faults()
        if refused:
            raise refused
        return AT_FAULT if summary.grade_table.faults else 0

    def warn_of_unproven(self) -> None:
        """Name the exercises that changed since they were proven, or never were: who edits a suite may break it."""
        unproven = [f"{week.number} {item.name}" for week, item in self.chosen if not proofs.standing(week, item)]
        if unproven:
            self.tell("grade_unproven", exercises=", ".join(unproven), command=command("verify", self.lang))

    def admit(self, classroom: Classroom, ledger: Ledger) -> None:
        """Read what was handed in, and note it in the ledger."""
        only = self.asked[0].name if len(self.asked) == 1 else None
        asked = set((self.args.student or "").split())
        people = self.args.roster or (self.folder.roster() if self.folder else None)
        clocks = Clocks(self.rules or Lateness(), self.args.times)
        teams = self.rules.changes.teams if self.rules else []
        for submission in in_teams(each(self.source, self.course, only, people), teams):
            if self.folder:
                self.folder.complete(submission)
            clocks.decide(submission)
            asked.discard(submission.student)
            left = [week for week in self.weeks if not ledger.stays(submission, week, self.source)]
            if left and self.is_wanted(submission, ledger, left):
                ledger.take(submission, classroom.admit(submission), left, self.source)
        if asked:
            raise UserError("no_student", students=", ".join(sorted(asked)), path=self.source)
        if not len(classroom) and not self.is_part:
            raise UserError("no_submissions", path=self.source)
        clocks.expect_sense()
        if not self.is_part:
            ledger.drop_others(self.weeks, self.source)

    def enrolled(self) -> set[str]:
        """Return who takes the course, as far as that is told."""
        people = read_roster(self.args.roster).people if self.args.roster else []
        return {*(one.id for one in people), *(self.folder.enrolled if self.folder else ())}

    @property
    def is_part(self) -> bool:
        """Whether only some of those in the folder were asked for."""
        return bool(self.args.student or self.args.late or self.args.new)

    def is_wanted(self, submission: Submission, ledger: Ledger, weeks: list[Week]) -> bool:
        other = self.args.student and submission.student not in self.args.student.split()
        if other or (self.args.late and not self.is_late(submission)):
            return False
        return not self.args.new or ledger.is_new(submission, weeks)

    def is_late(self, submission: Submission) -> bool:
        """Whether a week of this run came late, by the class file or by the mark of an export."""
        weeks = {week.name for week in self.weeks}
        found = self.rules.penalties(submission.student, submission.times) if self.rules else {}
        marked = any(note.key == "intake_marked_late" for note in submission.notes)
        return marked or any(one.days for week, one in found.items() if week in weeks)

    def judge(self, classroom: Classroom) -> None:
        if self.args.json or not sys.stderr.isatty():
            classroom.judge(self.judges(classroom), self.now_and_then())
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        words = TextColumn("{task.fields[students]}  {task.fields[left]}")
        with Bar(*columns, words, console=Console(stderr=True)) as bar:
            line = bar.add_task(say("grading", self.lang), total=None, students="", left="")

            def progress(now: Progress) -> None:
                students, left = self.words_on(now)
                bar.update(line, completed=now.judged, total=now.to_judge, students=students, left=left)

            classroom.judge(self.judges(classroom), progress)

    def words_on(self, now: Progress) -> tuple[str, str]:
        """Return how many students are done, and how long the rest may take."""
        return say("students_done", self.lang, done=now.done, all=now.students), time_left(now.seconds, self.lang)

    def now_and_then(self) -> Callable[[Progress], None]:
        """Return what says in a line how far the run is, for a log: seldom, and nothing in a short run."""
        told = time.monotonic()

        def progress(now: Progress) -> None:
            nonlocal told
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                words = say("grading", self.lang), f"{now.judged}/{now.to_judge}", *self.words_on(now)
                tell("  ".join(words).rstrip(), sys.stderr)

        return progress

    def judges(self, classroom: Classroom) -> Run:
        """Return what judges: this machine or the cluster."""
        if not self.args.cluster:
            return on_this_machine(self.args.jobs, self.args.device)

        def on_the_cluster(tasks: Tasks, keep: Keep) -> None:
            try:
                from grader.classroom.cluster import Cluster
            except ImportError as error:
                raise UserError("no_dask", problem=error) from error
            with Cluster(self.args.cluster, classroom.tasks, self.tell) as cluster:
                cluster.run(tasks, keep)

        return on_the_cluster

    def tell(self, key: str, **values: object) -> None:
        """Say something while the class is being graded."""
        tell(say(key, self.lang, **values), sys.stderr)

    def record(self, classroom: Classroom, ledger: Ledger) -> tuple[list[str], UserError | None]:
        """Write the grades into the course directory, if there is one; return what there is to say, and what failed."""
        if self.folder is None:
            return [], None
        try:
            everyone = ledger.graded(self.course, classroom.result, only=True)
            count, left = self.folder.record(map(self.changed, everyone), self.weeks)
        except UserError as error:  # the reports are written all the same
            return self.folder.remarks, error
        if not classroom:
            return [], None
        return [*self.folder.remarks, *left, say("course_recorded", self.lang, count=count, left=len(left))], None

    def write(
        self, classroom: Classroom, ledger: Ledger, chosen: list[tuple[Week, Exercise]], summary: Summary
    ) -> None:
        """Write the output folder: everybody and every week that was ever graded into it."""
        weeks = weeks_of(chosen)
        built = self.folder.built(weeks) if self.folder else []
        entered = self.folder.entered(built) if self.folder else {}
        points = self.folder.points(built) if self.folder else {}
        template = Template(self.args.canvas, [week.name for week in weeks]) if self.args.canvas else None
        reports = Reports(self.out, chosen, self.lang, points)
        reports.grade_table.weights = self.rules.changes.weights if self.rules else {}
        summary.grade_table = GradeTable(self.chosen, self.lang, points)
        similar = Likeness(self.course)
        worth = functools.cache(lambda name: points.get(name) or self.worth_of(name))
        for graded in ledger.graded(self.course, classroom.result):
            row = self.row(graded, entered, worth)
            ours = similar.add(graded.submission)
            row.ours = {} if self.example else ours  # that class is made of the course's own answers
            reports.add(row)
            if graded.submission.student in ledger.taken:
                summary.grade_table.add(row.within([week.name for week in self.weeks]))
        summary.term = reports.grade_table
        summary.removed = reports.finish(similar, template)
        summary.remarks = reports.remarks

    def worth_of(self, name: str) -> float:
        """Return what a week is worth by its suites; one that cannot be read is told as the failure of its exercise."""
        try:
            return inventory.worth_of(self.course.week(name))
        except (SyntaxError, UserError):
            return 0.0

    def changed(self, graded: Graded) -> Graded:
        return changed(graded, self.rules.changes if self.rules else Changes(), self.course, self.handed_in)

    def row(self, graded: Graded, entered: dict[str, dict[str, Entered]], worth: Callable[[str], float]) -> Row:
        penalties: dict[str, Penalty] = {}
        if self.rules:
            penalties = self.rules.penalties(graded.submission.student, graded.submission.times)
        return Row(self.changed(graded), penalties, self.lang, entered.get(graded.submission.student), worth)


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `grade`."""
    parser.add_argument("--from", dest="source", type=Path, help="folder of submissions (default: the example class)")
    parser.add_argument("--out", type=Path, help="folder for the grades (default: graded)")
    parser.add_argument("--cluster", help="a Dask scheduler's address or file, or how many local worker processes")
    parser.add_argument(
        "--times",
        choices=("ask", "files", "ignore"),
        default="ask",
        help="what the times of files are worth as proof of lateness",
    )
    parser.add_argument("--canvas", type=Path, help="a gradebook exported from Canvas, to be given back filled in")
    parser.add_argument("--student", help="only these students: ids, with spaces between them")
    parser.add_argument("--late", action="store_true", help="only who handed in late")
    parser.add_argument("--new", action="store_true", help="only what differs from what was graded last")
    parser.add_argument("--again", action="store_true", help="judge also what has a result already")
    parser.add_argument("--changes", action="store_true", help="show every score that differs from the run before")
    parser.add_argument("--course", type=Path, help="nbgrader course directory whose gradebook gets the grades too")


def run(args: argparse.Namespace) -> int:
    """Grade a class."""
    return Grading(args).run()

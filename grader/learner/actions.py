"""The learner's commands beside `check`: the next hint, a fresh start, the reference after a pass, an archive to hand
in.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from grader.course import labels, stubs
from grader.course.weeks import Course, Exercise, Week, weeks_of
from grader.errors import UserError
from grader.learner.archive import Archive
from grader.learner.progress import Progress
from grader.messages import LANGUAGES, say
from grader.report.next_command import command
from grader.report.wrapping import Prose

DIFF = {"+": "green", "-": "red", "@": "cyan"}


class Learner:
    """One run of one of these commands."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.console = Console(highlight=False)
        self.progress = Progress(args.root)
        self.keys: bool = getattr(args, "keys", False)
        """Whether the learner presses keys, as in `watch`, instead of running commands."""

    def chosen(self) -> tuple[Week, Exercise]:
        """The one exercise that the command is about."""
        found = self.course.select(self.args.week, self.args.exercise)
        if self.args.exercise and len(found) == 1:
            return found[0]
        example = command(self.args.command, self.lang, EX=found[0][1].name)
        if self.args.week or self.args.exercise:
            raise UserError("name_one_exercise", known=", ".join(one.name for _, one in found), command=example)
        of_week = command(self.args.command, self.lang, WEEK=found[0][0].number)
        raise UserError("name_an_exercise", command=example, names=of_week)

    def at_work(self) -> tuple[Week, Exercise]:
        """The exercise that was asked for; without a name, the one that was checked last and is not passed."""
        if self.args.exercise:
            return self.chosen()
        entries = self.progress.state.exercises
        found = [
            (entry.last, one)
            for one in self.course.select(self.args.week, None)
            if (entry := entries.get(f"{one[0].name}/{one[1].name}")) and entry.last and not entry.passed
        ]
        if not found:
            return self.chosen()
        week, exercise = max(found, key=lambda pair: pair[0])[1]
        self.say("hint_picked", exercise=exercise.name, week=week.number)
        return week, exercise

    def hint(self) -> int:
        """Show the next hint of the ladder; the last one again when all were shown."""
        week, exercise = self.at_work()
        if not exercise.hints:
            raise UserError("hint_none", exercise=exercise.name)
        entry = self.progress.entry(week.name, exercise.name)
        entry.hints = min(entry.hints + 1, len(exercise.hints))
        self.progress.save()
        if warning := self.progress.warning(self.lang):
            self.tell(warning)
        self.say("hint_number", number=entry.hints, all=len(exercise.hints), exercise=exercise.name)
        self.console.print(Padding(Prose(exercise.hints[entry.hints - 1][self.lang]), 0, expand=False))
        if entry.hints < len(exercise.hints) and self.keys:
            self.say("hint_more_key")
        elif entry.hints < len(exercise.hints):
            again = command("hint", self.lang, WEEK=self.args.week and week.number, EX=exercise.name)
            self.say("hint_more", command=again)
        return 0

    def reset(self) -> int:
        """Write the stub again, after a backup of what is there."""
        week, exercise = self.chosen()
        path = f"exercises/{week.name}/{exercise.name}.py"
        text = stubs.whole_stub(week, exercise.name)
        target = self.course.root / path
        if target.exists() and target.read_bytes() == text.encode():
            self.say("reset_nothing", path=path)
            return 0
        if target.exists():
            self.say("stub_backup", path=stubs.backup(target).relative_to(self.course.root))
        target.write_text(text, encoding="utf-8")
        self.say("stub_written", path=path)
        return 0

    def solution(self) -> int:
        """Show the difference from the learner's file to the reference, once the exercise is passed."""
        week, exercise = self.chosen()
        path = week.solutions / f"{exercise.name}.py"
        if not path.is_file():
            raise UserError("no_solutions_here")
        if not self.args.anyway and self.progress.entry(week.name, exercise.name).passed is None:
            if self.keys:
                raise UserError("solution_first_pass_key", exercise=exercise.name)
            check = command("check", self.lang, WEEK=week.number, EX=exercise.name)
            raise UserError("solution_first_pass", exercise=exercise.name, command=check)
        own = week.folder / path.name
        label = {line for lang in LANGUAGES for line in labels.in_stub('"""', week, exercise, lang).splitlines()[:-1]}
        text = own.read_text(encoding="utf-8", errors="replace") if own.is_file() else ""
        mine = [line for line in text.splitlines() if line not in label]
        reference = [line for line in path.read_text(encoding="utf-8").splitlines() if "SOLUTION" not in line]
        yours, ours = (f"{room}/{week.name}/{path.name}" for room in ("exercises", "solutions"))
        lines = list(difflib.unified_diff(mine, reference, yours, ours, lineterm="", n=5))
        if not lines:
            self.say("solution_same", path=yours)
            return 0
        for line in lines:  # soft: a copied line of code has no breaks that are not its own
            self.console.print(Text(line, DIFF.get(line[:1], "")), soft_wrap=True)
        return 0

    def submit(self) -> int:
        """Write an archive of whole weeks with a manifest; say what is missing. An exercise stands for its week."""
        archive = Archive(self.course.root, self.lang, self.say, self.tell)
        for week in weeks_of(self.course.select(self.args.week, self.args.exercise)):
            archive.add(week)
        out: Path = self.args.out or self.course.root / "submission.zip"
        self.say(archive.write(out), path=out, count=len(archive.files))
        return 0

    def tell(self, sentence: str) -> None:
        self.console.print(Text(sentence), soft_wrap=True)

    def say(self, key: str, **values: object) -> None:
        self.tell(say(key, self.lang, **values))


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of these commands."""
    if command == "solution":
        parser.add_argument("--anyway", action="store_true", help="also before it is passed")
    if command == "submit":
        parser.add_argument("--out", type=Path, help="the archive to write (default: submission.zip)")


def run(args: argparse.Namespace) -> int:
    """Run one of these commands."""
    action: Callable[[], int] = getattr(Learner(args), args.command)
    return action()

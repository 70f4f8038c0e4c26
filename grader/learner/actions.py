"""The learner's commands beside `check`: the next hint, a fresh start, the reference after a pass, an archive to hand
in.

Knows nothing of judging.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from grader.course import stubs
from grader.course.weeks import Course, Exercise, Week
from grader.errors import UserError
from grader.intake.notebooks import UNREADABLE
from grader.learner.progress import Progress
from grader.messages import say
from grader.report.next_command import command
from grader.report.wrapping import Prose

MANIFEST_VERSION = 1


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
        if self.args.exercise is None or len(found) != 1:
            known = ", ".join(exercise.name for _, exercise in found)
            raise UserError("name_one_exercise", known=known)
        return found[0]

    def hint(self) -> int:
        """Show the next hint of the ladder; the last one again when all were shown."""
        week, exercise = self.chosen()
        entry = self.progress.entry(week.name, exercise.name)
        entry.hints = min(entry.hints + 1, len(exercise.hints))
        self.progress.save()
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
        text = self.stub_of(week, exercise)
        target = self.course.root / path
        if target.exists() and target.read_bytes() == text.encode():
            self.say("reset_nothing", path=path)
            return 0
        if target.exists():
            self.say("stub_backup", path=stubs.backup(target).relative_to(self.course.root))
        target.write_text(text, encoding="utf-8")
        self.say("stub_written", path=path)
        return 0

    def stub_of(self, week: Week, exercise: Exercise) -> str:
        """The stub as it was given: made from the solution, or in a release kept beside the exercises."""
        return next(text for item, text in stubs.stubs_of(week) if item.name == exercise.name)

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
        mine = own.read_text(encoding="utf-8", errors="replace").splitlines() if own.is_file() else []
        reference = [line for line in path.read_text(encoding="utf-8").splitlines() if "SOLUTION" not in line]
        yours, ours = (f"{room}/{week.name}/{path.name}" for room in ("exercises", "solutions"))
        lines = list(difflib.unified_diff(mine, reference, yours, ours, lineterm="", n=5))
        if not lines:
            self.say("solution_same", path=yours)
            return 0
        self.console.print(Syntax("\n".join(lines), "diff", background_color="default", word_wrap=True))
        return 0

    def submit(self) -> int:
        """Write an archive with a manifest; say what is missing."""
        weeks = [self.course.week(self.args.week)] if self.args.week else self.course.weeks
        files: dict[str, bytes] = {}
        for week in weeks:
            for exercise in week.exercises:
                path = week.folder / f"{exercise.name}.py"
                if not path.is_file():
                    self.say("submit_missing", path=path.relative_to(self.course.root))
                    continue
                files[f"{week.name}/{path.name}"] = path.read_bytes()
                self.look_at(path, path.read_bytes(), stubs.is_given(week, exercise.name, path.read_bytes()))
        if not files:
            raise UserError("submit_nothing")
        out: Path = self.args.out or self.course.root / "submission.zip"
        _write_archive(out, files)
        self.say("submit_written", path=out, count=len(files))
        return 0

    def look_at(self, path: Path, source: bytes, untouched: bool) -> None:
        """Say what keeps a file that is handed in from counting."""
        name = path.relative_to(self.course.root)
        if untouched:
            self.say("submit_untouched", path=name)
        try:
            ast.parse(source)
        except UNREADABLE as error:
            problem = error.args[0] if error.args else type(error).__name__
            self.say("submit_unreadable", path=name, line=getattr(error, "lineno", None) or 1, problem=problem)

    def say(self, key: str, **values: object) -> None:
        self.console.print(Text(say(key, self.lang, **values)), soft_wrap=True)


def _write_archive(out: Path, files: dict[str, bytes]) -> None:
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    made = datetime.now(UTC)
    manifest = {"version": MANIFEST_VERSION, "made": made.isoformat(timespec="seconds"), "files": sums}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
        for name, data in files.items():
            archive.writestr(name, data)

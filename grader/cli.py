"""The command line: arguments in, exit code out. Every make target calls one of these commands.

Exit codes: 0 all passed, 1 something failed, 2 wrong usage or unusable input, 3 the grader itself is at fault.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from grader.course.weeks import default_root
from grader.errors import UserError, unusable
from grader.messages import language, say
from grader.outcomes import USAGE

if TYPE_CHECKING:
    from grader.classroom.grade import Recorder

LANGUAGE = re.compile(r"(en|zh)([-_.@].*)?|\w+[_.@].*|C|POSIX", re.IGNORECASE)
"""What may be said of a language: one of ours, or a locale, for make hands on that of the environment."""


class Command(NamedTuple):
    """One command: the module whose `run` it is, and which options it shares with others.

    A module offers options of its own in `options(parser, command)`. It is imported when its command is asked for.
    """

    module: str
    help: str
    shared: str = ""

    @property
    def is_here(self) -> bool:
        """Whether this copy of the engine has it: a student's has no rooms of the staff's."""
        room = "gradebook" if self.module == "cli" else self.module.partition(".")[0]
        return (Path(__file__).parent / room).is_dir()


COMMANDS = {
    "check": Command("learner.check", "check what you wrote", "exercise device jobs spawn"),
    "watch": Command("learner.watch", "check an exercise whenever you save it", "exercise spawn"),
    "hint": Command("learner.actions", "show the next hint of an exercise", "exercise"),
    "solution": Command(
        "learner.actions", "show the difference from your file to the reference, after a pass", "exercise"
    ),
    "reset": Command("learner.actions", "write an exercise's stub again, after a backup", "exercise"),
    "experiment": Command("learner.experiment", "run a week's experiments on what you wrote", "out"),
    "submit": Command("learner.actions", "write an archive to hand in", "exercise"),
    "progress": Command("learner.roadmap", "draw the road map and how far you are"),
    "roadmap": Command("learner.roadmap_page", "write the road map as a page", "out"),
    "stubs": Command("course.stubs", "write the stubs and the handouts' code from the solutions"),
    "figures": Command("authoring.figures", "draw the handouts' figures"),
    "verify": Command(
        "authoring.verify", "prove that the course is sound, what changed since the last proof", "exercise device jobs"
    ),
    "new-week": Command("authoring.new_week", "write a new week, a sound tiny example in every room"),
    "translated": Command(
        "authoring.translations", "note that the Chinese handout translates the English one as it is now"
    ),
    "release": Command(
        "authoring.release", "cut the student repository: no solution, hidden test or known mistake", "out jobs"
    ),
    "site": Command("authoring.site", "write the handouts as a static site", "out"),
    "grade": Command("classroom.grade", "grade a class of untrusted submissions", "device jobs roster rules trust"),
    "feedback": Command(
        "classroom.handback", "feedback as Canvas and Moodle take it back, and the scores without names", "out"
    ),
    "dispute": Command("classroom.dispute", "one test of one student: code, calls, history", "exercise trust"),
    "nbgrader": Command("cli", "build or update a course directory of nbgrader", "roster rules"),
    "gradescope": Command("classroom.gradescope", "write an autograder archive for Gradescope"),
    "one": Command("classroom.gradescope", "judge one submission into a results.json", "jobs trust"),
}
SHARED: dict[str, tuple[str, dict[str, Any]]] = {
    "exercise": ("--exercise", {"help": "one exercise, by name"}),
    "device": ("--device", {"default": "cpu", "help": "cpu or cuda"}),
    "jobs": ("--jobs", {"type": int, "default": os.cpu_count() or 1, "help": "judges at a time"}),
    "out": ("--out", {"type": Path, "help": "where to write"}),
    "roster": ("--roster", {"type": Path, "help": "CSV with id, first name, last name, e-mail"}),
    "rules": ("--rules", {"type": Path, "help": "TOML with due dates, penalties and extensions"}),
    "spawn": ("--spawn", {"action": "store_true", "help": "new interpreters, not forks, as on macOS and Windows"}),
    "trust": ("--trust-submissions", {"action": "store_true", "help": "run them without locking the box"}),
}
"""Options that several commands have."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no name ends a run, whatever the terminal can print
    lang = language(None)
    try:
        args = parsed(sys.argv[1:] if argv is None else argv)  # it imports the command: torch may take its time
        asked, args.lang = args.lang, (lang := language(args.lang))
        if asked and not LANGUAGE.fullmatch(asked):
            raise UserError("unknown_language", asked=asked)
        if getattr(args, "jobs", 1) < 1:
            raise UserError("bad_jobs", asked=args.jobs)
        return int(args.run(args))
    except UserError as error:
        return _refused(error, lang)
    except KeyboardInterrupt:
        print(f"\n{say('interrupted', lang)}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `make check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _refused(unusable(error), lang)


def _refused(error: UserError, lang: str) -> int:
    from grader.report.wrapping import tell

    tell(say("usage_error", lang, message=say(error.key, lang, **error.values)), sys.stderr)
    return USAGE


def parsed(argv: list[str]) -> argparse.Namespace:
    """Return what the arguments say, with `run` for the command."""
    parser = argparse.ArgumentParser(prog="python -m grader", description="LLM Exercises 大语言模型习题课")
    parser.set_defaults(recorder=open_recorder)
    commands = parser.add_subparsers(title="commands", required=True, dest="command")
    for name, command in COMMANDS.items():
        if not command.is_here:
            continue
        own = commands.add_parser(name, help=command.help, description=command.help)
        if name in argv[:1]:
            _add_options(own, name, command)
    return parser.parse_args(argv)


def _add_options(parser: argparse.ArgumentParser, name: str, command: Command) -> None:
    parser.add_argument("--week", help='a week: 5, 05 or week05_attention; where it makes sense several: "05 06"')
    parser.add_argument("--lang", help="en or zh; the locale's language unless given")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    parser.add_argument("--root", type=Path, default=default_root(), help="the course's folder (default: this one)")
    for shared in command.shared.split():
        flag, settings = SHARED[shared]
        parser.add_argument(flag, **settings)
    module = importlib.import_module(f"grader.{command.module}")
    parser.set_defaults(run=module.run)
    if hasattr(module, "options"):
        module.options(parser, name)


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `nbgrader`, whose own module cannot be imported without that library."""
    parser.add_argument("--course", type=Path, help="the course directory")
    parser.add_argument("--force", action="store_true", help="also turn what stands in another language into this one")
    parser.add_argument("--remove", help="ids to take out of the gradebook, with spaces between them")


def run(args: argparse.Namespace) -> int:
    """Build a course directory of nbgrader."""
    try:
        from grader.gradebook.building import build
    except ImportError as error:
        raise UserError("course_no_nbgrader", problem=error) from error
    return build(args)


def open_recorder(course: Path, lang: str, source: Path) -> Recorder:
    """Open a course directory of nbgrader for `grade`; only who has one needs nbgrader."""
    try:
        from grader.gradebook.recording import Recording
    except ImportError as error:
        raise UserError("course_no_nbgrader", problem=error) from error
    return Recording(course, lang, source)

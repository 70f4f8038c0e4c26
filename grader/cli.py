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
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course.weeks import Course, default_root
from grader.errors import UserError, unusable
from grader.messages import language, say
from grader.outcomes import USAGE

if TYPE_CHECKING:
    from grader.classroom.grade import Recorder

LANGUAGE = re.compile(r"(en|zh)([-_.@].*)?|\w+[_.@].*|C|POSIX", re.IGNORECASE)
"""What may be said of a language: one of ours, or a locale, for make hands on that of the environment."""
LEARNER = {
    "hint": "show the next hint of an exercise",
    "reset": "write an exercise's stub again, after a backup",
    "solution": "show the difference from your file to the reference, after a pass",
    "submit": "write an archive to hand in",
}
COURSE = {
    "release": ("authoring.release", "cut the student repository: no solution, hidden test or known mistake"),
    "new-week": ("authoring.new_week", "write a new week, a sound tiny example in every room"),
    "feedback": ("classroom.handback", "feedback as Canvas and Moodle take it back, and the scores without names"),
    "roadmap": ("learner.roadmap_page", "write the road map as a page"),
    "figures": ("authoring.figures", "draw the handouts' figures"),
    "experiment": ("learner.experiment", "run a week's experiments on what you wrote"),
    "site": ("authoring.site", "write the handouts as a static site"),
    "translated": ("authoring.translations", "note that the Chinese handout translates the English one as it is now"),
}
"""Commands that are `run` of one module, in the order of a course's life."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no name ends a run, whatever the terminal can print
    args = _parser().parse_args(argv)
    asked, args.lang = args.lang, language(args.lang)
    try:
        return _run(args, asked)
    except UserError as error:
        return _refused(error, args.lang)
    except KeyboardInterrupt:
        print(f"\n{say('interrupted', args.lang)}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `make check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _refused(unusable(error), args.lang)


def _run(args: argparse.Namespace, asked: str | None) -> int:
    """Run the command, unless a word that many commands share makes no sense."""
    if asked and not LANGUAGE.fullmatch(asked):
        raise UserError("unknown_language", asked=asked)
    if getattr(args, "jobs", 1) < 1:
        raise UserError("bad_jobs", asked=args.jobs)
    command: Callable[[argparse.Namespace], int] = args.command
    return command(args)


def _refused(error: UserError, lang: str) -> int:
    print(say("usage_error", lang, message=say(error.key, lang, **error.values)), file=sys.stderr)
    return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="LLM Exercises 大语言模型习题课")
    parser.set_defaults(root=default_root())
    commands = parser.add_subparsers(title="commands", required=True)
    _check(commands)
    _stubs(commands)
    _verify(commands)
    _grade(commands)
    _dispute(commands)
    _gradescope(commands)
    _nbgrader(commands)
    _learner(commands)
    _course(commands)
    _command(commands, "progress", progress, "draw the road map and how far you are")
    parser_of_watch = _command(commands, "watch", watch, "check an exercise whenever you save it")
    parser_of_watch.add_argument("--exercise", help="one exercise, by name")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    help_: str,
) -> argparse.ArgumentParser:
    """Add a command with the options that all commands share."""
    parser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(command=run)
    parser.add_argument("--week", help="a week: 5, 05 or week05_attention")
    parser.add_argument("--lang", help="en or zh; the locale's language unless given")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    return parser


def _check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "check", check, "check what you wrote")
    parser.add_argument("--exercise", help="one exercise, by name")
    parser.add_argument("--from", dest="source", type=Path, help="folder with weekNN_topic/*.py (default: exercises)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judges at a time")
    parser.add_argument("--test", help="one test, by its number or its name")
    parser.add_argument("--all", action="store_true", help="show every test, not only what stands in the way")
    parser.add_argument("--debug", action="store_true", help="one process, so that breakpoint() works")
    parser.add_argument(
        "--spawn", action="store_true", help="new interpreters instead of forks, as on macOS and Windows"
    )


def _stubs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "stubs", write_stubs, "write the stubs and the handouts' code from the solutions")
    parser.add_argument("--force", action="store_true", help="also over files that somebody changed, after a backup")
    parser.add_argument("--stale", action="store_true", help="write nothing; fail when something is stale")
    parser.add_argument(
        "--in", dest="stub_lang", help="en or zh: write the stubs alone, with the contracts in that language"
    )


def _verify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "verify", verify, "prove that the course is sound, what changed since the last proof")
    parser.add_argument("--exercise", help="one exercise, by name")
    parser.add_argument("--all", action="store_true", help="also what has not changed")
    parser.add_argument(
        "--claims", action="store_true", help="only list the sentences of contracts and what holds them"
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judges at a time")


def _grade(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "grade", grade, "grade a class of untrusted submissions")
    parser.add_argument("--from", dest="source", type=Path, help="folder of submissions (default: the example class)")
    parser.add_argument("--out", type=Path, help="folder for the grades (default: graded)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judges at a time")
    parser.add_argument("--cluster", help="a Dask scheduler's address or file, or how many local worker processes")
    parser.add_argument("--roster", type=Path, help="CSV with id, first name, last name, e-mail")
    parser.add_argument("--rules", type=Path, help="TOML with due dates, penalties and extensions")
    parser.add_argument(
        "--times",
        choices=("ask", "files", "ignore"),
        default="ask",
        help="what the times of files are worth as proof of lateness",
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--canvas", type=Path, help="a gradebook exported from Canvas, to be given back filled in")
    parser.add_argument("--student", help="only these students: ids, with spaces between them")
    parser.add_argument("--late", action="store_true", help="only who handed in late")
    parser.add_argument("--new", action="store_true", help="only what differs from what was graded last")
    parser.add_argument("--again", action="store_true", help="judge also what has a result already")
    parser.add_argument("--changes", action="store_true", help="show every score that differs from the run before")
    parser.add_argument("--course", type=Path, help="nbgrader course directory whose gradebook gets the grades too")
    parser.add_argument("--trust-submissions", action="store_true", help="run them without locking the box")


def _dispute(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "dispute", dispute, "one test of one student: code, calls, history")
    parser.add_argument("--student", help="the student's id")
    parser.add_argument("--test", help="the test's name, or its number")
    parser.add_argument("--exercise", help="one exercise, by name")
    parser.add_argument("--out", type=Path, help="folder of the grades (default: graded)")
    parser.add_argument("--trust-submissions", action="store_true", help="run it without locking the box")


def dispute(args: argparse.Namespace) -> int:
    """Show what decides a dispute."""
    from grader.classroom.dispute import run

    return run(args)


def _gradescope(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "gradescope", gradescope, "write an autograder archive for Gradescope")
    parser.add_argument("--out", type=Path, help="the archive (default: autograder.zip)")
    parser.add_argument("--trust-submissions", action="store_true", help="for containers that cannot lock a box")
    parser = _command(commands, "one", gradescope, "judge one submission into a results.json")
    parser.add_argument("--from", dest="source", type=Path, required=True, help="folder of the submission")
    parser.add_argument("--out", type=Path, required=True, help="the results.json to write")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judges at a time")
    parser.add_argument("--trust-submissions", action="store_true", help="run it without locking the box")


def _nbgrader(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "nbgrader", nbgrader, "build or update a course directory of nbgrader")
    parser.add_argument("--course", type=Path, help="the course directory")
    parser.add_argument("--remove", help="ids to take out of the gradebook, with spaces between them")
    parser.add_argument("--roster", type=Path, help="CSV with id, first name, last name, e-mail")
    parser.add_argument("--rules", type=Path, help="TOML with due dates, penalties and extensions")


def nbgrader(args: argparse.Namespace) -> int:
    """Build a course directory."""
    try:
        from grader.gradebook.building import build
    except ImportError as error:
        raise UserError("course_no_nbgrader", problem=error) from error
    return build(args)


def gradescope(args: argparse.Namespace) -> int:
    """Build the archive, or run inside it."""
    from grader.classroom.gradescope import build, run_one

    return run_one(args) if "source" in args else build(args)


def _learner(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, help_ in LEARNER.items():
        parser = _command(commands, name, learner, help_)
        parser.set_defaults(action=name)
        parser.add_argument("--exercise", help="one exercise, by name")
        if name == "solution":
            parser.add_argument("--anyway", action="store_true", help="also before it is passed")
        if name == "submit":
            parser.add_argument("--out", type=Path, help="the archive to write (default: submission.zip)")


def _course(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, (module, help_) in COURSE.items():
        parser = _command(commands, name, course, help_)
        parser.set_defaults(module=module)
        parser.add_argument("--out", type=Path, help="where to write")
        if name == "release":
            parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judges at a time")
        if name == "experiment":
            parser.add_argument("--name", help="one experiment, by name")
            parser.add_argument("--from", dest="source", type=Path, help="folder with weekNN_topic/*.py")
        if name == "new-week":
            parser.add_argument("--name", help="the week's folder: week19_topic")


def course(args: argparse.Namespace) -> int:
    """Run one of the commands that make something of the whole course."""
    run: Callable[[argparse.Namespace], int] = importlib.import_module(f"grader.{args.module}").run
    return run(args)


def progress(args: argparse.Namespace) -> int:
    """Draw the road map."""
    from grader.learner.roadmap import draw

    return draw(args)


def watch(args: argparse.Namespace) -> int:
    """Check on every save."""
    from grader.learner.watch import run

    return run(args)


def learner(args: argparse.Namespace) -> int:
    """Run one of the learner's commands."""
    from grader.learner.actions import Learner

    action: Callable[[], int] = getattr(Learner(args), args.action)
    return action()


def grade(args: argparse.Namespace) -> int:
    """Grade a class."""
    from grader.classroom.grade import Grading

    return Grading(args, open_recorder).run()


def open_recorder(course: Path, lang: str, source: Path) -> Recorder:
    """Open a course directory of nbgrader; only who has one needs nbgrader."""
    try:
        from grader.gradebook.recording import Recording
    except ImportError as error:
        raise UserError("course_no_nbgrader", problem=error) from error
    return Recording(course, lang, source)


def check(args: argparse.Namespace) -> int:
    """Judge the exercises of one folder and report."""
    from grader.learner.check import Checking

    return Checking(args).run()


def write_stubs(args: argparse.Namespace) -> int:
    """Write what is generated from the solutions, or say what is stale."""
    from grader.course import stubs

    course = Course(args.root)
    weeks = [course.week(args.week)] if args.week else course.weeks
    if args.stale:
        found = stubs.stale(course, weeks)
        lines = [say("stub_stale", args.lang, path=path) for path in found] or [say("stub_fresh", args.lang)]
        print("\n".join(lines))
        return 1 if found else 0
    if args.stub_lang or not any(week.solutions.is_dir() for week in weeks):
        changes = stubs.translate(course, weeks, language(args.stub_lang or args.lang), args.force)
    else:
        changes = stubs.write(course, weeks, args.force)
    for key, paths in (
        ("stub_written", changes.written),
        ("stub_kept", changes.kept),
        ("stub_backup", changes.backups),
    ):
        for path in paths:
            print(say(key, args.lang, path=path))
    if not (changes.written or changes.kept):
        print(say("stub_fresh", args.lang))
    return 1 if changes.kept else 0


def verify(args: argparse.Namespace) -> int:
    """Prove the course sound, or say precisely what is not."""
    from grader.authoring.verify import Verification

    return Verification(args).run()

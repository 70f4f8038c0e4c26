"""`dispute`: one test of one student, with all that is needed to decide: code, calls, expected and got, history.

Judges the kept files again, in a locked box.
"""

from __future__ import annotations

import argparse
import difflib
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.classroom.grade import example_out
from grader.classroom.ledger import Ledger, StudentRecord
from grader.classroom.results import Classroom, on_this_machine
from grader.classroom.summary import score_text
from grader.course.weeks import Course, Exercise, Week
from grader.errors import UserError
from grader.intake import Submission
from grader.judge.readiness import refuse_without_walls
from grader.messages import say
from grader.outcomes import ExerciseResult, TestResult
from grader.report.terminal import number, output_of, printable
from grader.report.wrapping import tell

TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
FEW = 6
"""So many tests, or exercises, are named to choose from."""


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `dispute`."""
    parser.add_argument("--student", help="the student's id")
    parser.add_argument("--test", help="the test's name, or its number")
    parser.add_argument("--out", type=Path, help="folder of the grades (default: graded)")


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    if not (args.student and args.test):
        raise UserError("dispute_needs")
    if not args.trust_submissions:
        refuse_without_walls()
    course, ledger = Course(args.root), Ledger(args.out or example_out(args.root))
    entry = ledger.entries.get(args.student)
    if entry is None:
        raise UserError("no_student", students=args.student, path=ledger.folder.parent)
    week, exercise = _exercise(course, entry, args)
    handed = ledger.handed(args.student, week.name)
    submission = Submission(args.student, entry.name, {week.name: handed.files})
    with tempfile.TemporaryDirectory() as folder:
        classroom = Classroom(course, [(week, exercise)], Path(folder), not args.trust_submissions, "cpu")
        result = classroom.grade([submission], on_this_machine(1))[0].results[0]
    tests = sorted(result.tests, key=lambda one: not one.hidden)  # an example may have a hidden test's name
    test = next((one for one in tests if args.test in _names(one)), None)
    if test is None:
        raise UserError(
            "dispute_no_test", test=args.test, known=_few((one.name for one in tests), args.test) or result.fault
        )
    for line in _lines(week, entry, result, test, handed.files, args.lang):
        print(line) if isinstance(line, Verbatim) else tell(line)
    return 0


class Verbatim(str):
    """A line of code, or of what it printed: a line that is broken would be read as two."""


def _names(test: TestResult) -> tuple[str, ...]:
    """Return what a test may be called: its name, or its place in the suite where it has one."""
    return test.name, test.name.removeprefix("test_"), str(getattr(test, "number", "") or "")


def _few(names: Iterable[str], like: str = "") -> str:
    """Return the names that are most like the one that was asked for, else the first of them."""
    every = list(dict.fromkeys(names))
    found = difflib.get_close_matches(like, every, FEW) or every
    return ", ".join([*found[:FEW], "…"] if found[FEW:] else found)


def _exercise(course: Course, entry: StudentRecord, args: argparse.Namespace) -> tuple[Week, Exercise]:
    """Return the exercise that has the test, of the weeks that the student handed in."""
    chosen = [(week, item) for week, item in course.select(args.week, args.exercise) if week.name in entry.weeks]
    if not chosen:
        raise UserError("dispute_no_week", student=args.student, known=", ".join(entry.weeks) or "-")
    texts = [
        (week, item, path.read_text(encoding="utf-8"))
        for week, item in chosen
        for path in (week.suite(item.name), week.examples(item.name))
        if path.is_file()
    ]
    name = args.test if args.test.startswith("test_") else f"test_{args.test}"
    found = list({one.name: (week, one) for week, one, text in texts if name in TEST.findall(text)}.values())
    if not found and len(chosen) > 1 and not args.test.isdigit():
        known = _few((test for *_, text in texts for test in TEST.findall(text)), name)
        raise UserError("dispute_no_test", test=args.test, known=known)
    if len(found) != 1 and len(chosen) != 1:
        known = _few(f"WEEK={week.number} EX={item.name}" for week, item in found or chosen)
        raise UserError("dispute_which", test=args.test, known=known)
    return (found or chosen)[0]


def _lines(
    week: Week, entry: StudentRecord, result: ExerciseResult, test: TestResult, files: dict[str, bytes], lang: str
) -> list[str]:
    """Return the lines that are printed."""
    verdict = say(f"verdict_{test.verdict.value}", lang)
    own = {line for text in (test.traceback, test.printed) for line in printable(text).splitlines()}
    score = say("points_of", lang, score=number(test.points), max=number(test.max_points))
    lines = [
        f"{entry.name} · {week.name}/{result.exercise} · {test.name}: {verdict} ({score})",
        "",
        *(Verbatim(f"  {line}") if line in own else f"  {line}" for line in output_of(test, lang).splitlines()),
        "",
        say("dispute_history", lang),
    ]
    for place, mark in enumerate(entry.weeks[week.name].history):
        key = mark.why if place else "dispute_first"
        lines.append(f"  {mark.when:%Y-%m-%d %H:%M %Z}  {score_text(mark.score)}  {say(key, lang)}")
    file = f"{result.exercise}.py"
    source = files.get(file, b"").decode("utf-8", "replace").splitlines()
    code = [Verbatim(f"{place:5}  {printable(line)}") for place, line in enumerate(source, 1)]
    lines += ["", say("dispute_code" if file in files else "dispute_no_file", lang, file=file), *code]
    return [*lines, "", say("dispute_decide", lang)]

"""What goes back after grading: feedback as the archives that Canvas and Moodle take, and scores without names.

Works from an output folder alone.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from grader.classroom.exports import table
from grader.classroom.grade import example_out
from grader.classroom.ledger import Ledger, StudentRecord
from grader.classroom.results import Store
from grader.course.weeks import Course
from grader.errors import UserError
from grader.files import write_atomically, zipped
from grader.intake.names import ANONYMOUS, CANVAS, MOODLE
from grader.messages import say
from grader.report.wrapping import tell

FEEDBACK = "feedback.html"


def run(args: argparse.Namespace) -> int:
    """Run the command `feedback`."""
    out: Path = args.out or example_out(args.root)
    ledger = Ledger(out)
    if not ledger.entries:
        raise UserError("nothing_graded", path=out)
    for name, place in (("feedback-canvas.zip", for_canvas), ("feedback-moodle.zip", for_moodle)):
        count = _zip(out, ledger, name, place)
        if count:
            tell(say("feedback_written", args.lang, path=out / name, count=count))
    path = out / "anonymous.csv"
    write_atomically(path, anonymous(ledger, Course(args.root)).encode())
    tell(say("anonymous_written", args.lang, path=path))
    return 0


def for_canvas(entry: StudentRecord) -> str:
    """Return what a student's page is called in Canvas's archive: as the hand-in was, so that Canvas finds it."""
    match = None if MOODLE.fullmatch(entry.entry) else ANONYMOUS.fullmatch(entry.entry) or CANVAS.fullmatch(entry.entry)
    return f"{entry.entry[: match.start('file')]}{FEEDBACK}" if match else ""


def for_moodle(entry: StudentRecord) -> str:
    """Return where a student's page stands in Moodle's archive: in the folder that Moodle gave."""
    match = MOODLE.fullmatch(entry.entry)
    return f"{match['name']}_{match['id']}_assignsubmission_file_/{FEEDBACK}" if match else ""


def _zip(out: Path, ledger: Ledger, name: str, place: Callable[[StudentRecord], str]) -> int:
    """Write an archive of everybody's page; none where nobody's hand-in came from there. Return how many it holds."""
    found = {place(entry): out / student / FEEDBACK for student, entry in ledger.entries.items()}
    found = {name: path for name, path in sorted(found.items()) if name and path.is_file()}
    if found:
        write_atomically(out / name, zipped((inner, path.read_bytes()) for inner, path in found.items()))
    return len(found)


def anonymous(ledger: Ledger, course: Course) -> str:
    """Return one line a test: no name, no id, nothing of a submission; students in an order that nobody can undo."""
    rows: list[list[object]] = [["student", "week", "exercise", "test", "verdict", "points", "max_points", "mistake"]]
    students = list(ledger.entries.values())
    random.SystemRandom().shuffle(students)
    store = Store(ledger.folder.parent)
    for number, entry in enumerate(students, 1):
        for week in (week for week in course.weeks if week.name in entry.weeks):
            for exercise, key in entry.weeks[week.name].keys.items():
                result = store.get(key)
                for test in result.tests if result else []:
                    outcome = test.verdict.value, test.points, test.max_points, test.mistake
                    rows.append([number, week.name, exercise, test.name, *outcome])
    return table(rows)

"""A way in for Gradescope: an autograder archive, and the run inside its container that writes results.json."""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import traceback
from pathlib import Path

from grader.classroom.exports import Row, student_json
from grader.classroom.results import Classroom, Graded, on_this_machine
from grader.course.weeks import Course
from grader.errors import UserError
from grader.files import write_atomically, zipped
from grader.intake import one
from grader.judge.readiness import refuse_without_walls
from grader.messages import say
from grader.outcomes import AT_FAULT
from grader.report.wrapping import tell

FOLDERS = ("grader", "solutions", "exercises", "datasets")
FILES = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "Makefile")
LEFT_OUT = {"__pycache__", "example_class", ".ipynb_checkpoints"}

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when the image is built.
set -euo pipefail
cd "${AUTOGRADER_ROOT:-/autograder}/source"
good() { "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
command -v make >/dev/null && good python3 || { apt-get update && apt-get install -y make python3 python3-venv; }
# An image whose own Python is too old, such as Ubuntu 22.04, has a newer one beside it.
PYTHON=python3
good python3 || { apt-get install -y python3.11 python3.11-venv; PYTHON=python3.11; }
make setup PYTHON="$PYTHON"
"""
RUN = """#!/usr/bin/env bash
# Gradescope runs this for every submission; whatever happens, results.json is written.
ROOT="${{AUTOGRADER_ROOT:-/autograder}}"
cd "$ROOT/source" || exit 1
exec .venv/bin/python -m grader one --from "$ROOT/submission" --out "$ROOT/results/results.json" {options}
"""


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `gradescope`, or those of `one`, which runs in its container."""
    if command == "one":
        parser.add_argument("--from", dest="source", type=Path, required=True, help="folder of the submission")
        parser.add_argument("--out", type=Path, required=True, help="the results.json to write")
    else:
        parser.add_argument("--out", type=Path, help="the archive (default: autograder.zip)")
        parser.add_argument("--trust-submissions", action="store_true", help="for containers that cannot lock a box")


def run(args: argparse.Namespace) -> int:
    """Build the archive, or run inside it."""
    return run_one(args) if args.command == "one" else build(args)


def build(args: argparse.Namespace) -> int:
    """Write the autograder archive."""
    course = Course(args.root)
    week = [f"--week {course.week(args.week).number}"] if args.week else []
    trust = ["--trust-submissions"] if args.trust_submissions else []
    out: Path = args.out or args.root / "autograder.zip"
    scripts = {"setup.sh": SETUP.encode(), "run_autograder": RUN.format(options=" ".join([*week, *trust])).encode()}
    files = ((path.relative_to(args.root).as_posix(), path.read_bytes()) for path in _course_files(args.root))
    write_atomically(out, zipped(itertools.chain(scripts.items(), files), executable=scripts))
    tell(say("gradescope_written", args.lang, path=out))
    return 0


def _course_files(root: Path) -> list[Path]:
    found = [root / name for name in FILES if (root / name).is_file()]
    for name in FOLDERS:
        paths = (path for path in sorted((root / name).rglob("*")) if path.is_file())
        found += [path for path in paths if not LEFT_OUT & set(path.relative_to(root).parts)]
    return found


def run_one(args: argparse.Namespace) -> int:
    """Judge one submission into results.json; what keeps us from it is said there too.

    The exit code is 2 for what the user can mend, and 3 for a failure of ours.
    """
    try:
        graded = _judge(args)
    except UserError as error:
        write_atomically(args.out, _failed(say(error.key, args.lang, **error.values)))
        raise
    except Exception:  # noqa: BLE001 - whatever happens, results.json is written
        traceback.print_exc()
        write_atomically(args.out, _failed(say("page_broken", args.lang)))
        return AT_FAULT
    row = Row(graded, {}, args.lang)
    if graded.problem:
        write_atomically(args.out, _failed("\n".join(row.reasons)))
        return 0
    write_atomically(args.out, student_json(row).encode())
    return AT_FAULT if any(result.at_fault for result in graded.results) else 0


def _judge(args: argparse.Namespace) -> Graded:
    if not args.trust_submissions:
        refuse_without_walls()
    if not args.source.is_dir():
        raise UserError("file_missing", path=args.source)
    course = Course(args.root)
    with tempfile.TemporaryDirectory() as folder:
        # Read where it lies: what is a link, or too large, is left there.
        submission = one(args.source, course, args.week, "submission")
        classroom = Classroom(course, course.select(args.week, None), Path(folder), not args.trust_submissions, "cpu")
        return classroom.grade([submission], on_this_machine(args.jobs))[0]


def _failed(message: str) -> bytes:
    return json.dumps({"score": 0, "max_score": 0, "output": message, "tests": []}, ensure_ascii=False).encode()

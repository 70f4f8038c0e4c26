"""A class of 40 submissions of week 05: submissions a minute, against plain pytest once a submission; the second run; the box's price."""

import inspect
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.answers.randomness import Rng
from grader.box.inside import loader
from grader.classroom.exports import Row
from grader.classroom.results import Classroom, Graded, on_this_machine
from grader.course.weeks import Course, default_root
from grader.intake import Submission, collect
from grader.judge.answer_key import AnswerKey
from grader.judge.coordinator import Engine, Pool
from tests.bench.check import PLAIN
from tests.classes import WEEK, write_class

HONEST = ("right", "wrong")
PLAIN_RUNS = 5
CORES = os.cpu_count() or 1
ROUNDS = 3


def main() -> None:
    """Print the table."""
    course = Course(default_root())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kinds = write_class(course, root / "submissions")
        everyone = collect(root / "submissions", course, "5", None)
        honest = [one for one in everyone if kinds[one.student] in HONEST]
        plain = [plain_pytest(course, root / "submissions" / one.student, root) for one in honest[:PLAIN_RUNS]]
        a_plain_one = statistics.median(plain)
        print(
            f"plain pytest, one submission               {a_plain_one:8.2f} s  [{min(plain):.2f} .. {max(plain):.2f}]"
        )
        open_, locked, warm = [], [], []
        for number in range(ROUNDS):
            open_.append(seconds(course, honest, root / f"open{number}", locked=False)[0])
            locked.append(seconds(course, honest, root / f"locked{number}", locked=True)[0])
            warm.append(seconds(course, honest, root / f"warm{number}", locked=True, engine=warm_engine())[0])
        for how, found in (("from a cold start", locked), ("from a warm process", warm)):
            each = statistics.median(found) / len(honest)
            print(
                f"{len(honest)} honest ones, locked, {how:<20s}{statistics.median(found):7.2f} s  = "
                f"{60 / each:.0f} a minute, {a_plain_one / each:.1f} times plain pytest"
            )
        per, least = statistics.median(warm) / len(honest), floor(course)
        print(
            f"the floor: the same tests in a fork         {1000 * least:8.1f} ms = {per * CORES / least:.1f} "
            f"times less than a submission costs a core"
        )
        ratios = [one / other for one, other in zip(locked, open_, strict=True)]
        print(
            f"locked box against open one                {statistics.median(ratios):8.2f} times  [{min(ratios):.2f} .. {max(ratios):.2f}]"
        )
        whole, graded = seconds(course, everyone, root / "whole", locked=True)
        again, _ = seconds(course, everyone, root / "whole", locked=True)
        print(f"all {len(everyone)}, with a loop and three worse        {whole:8.2f} s")
        print(f"the same again                             {again:8.2f} s  = {whole / again:.0f} times faster")
        right = sum(row.final == row.max_score for row in (Row(one, {}, "en") for one in graded))
        print(
            f"full marks {right}, peak memory of children {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MB"
        )


def warm_engine() -> Engine:
    """Return an engine whose process has imported everything."""
    engine = Engine()
    engine.missing_layers()
    return engine


def seconds(
    course: Course, class_: list[Submission], out: Path, locked: bool, engine: Engine | None = None
) -> tuple[float, list[Graded]]:
    """Grade the exercise `attention` of a class and return the wall time and the results."""
    week = course.week(WEEK)
    room = Classroom(course, [(week, week.exercise("attention"))], out, locked, "cpu")
    begun = time.perf_counter()
    graded = list(room.grade(class_, Pool(engine, CORES).run if engine else on_this_machine(CORES)))
    return time.perf_counter() - begun, graded


def floor(course: Course) -> float:
    """Return the seconds of a fork of this process that runs the same tests, after it has run them, without any box."""
    import torch

    torch.set_num_threads(1)
    week = course.week(WEEK)
    key = AnswerKey(*course.select(WEEK, "attention")[0])
    tests = [
        function
        for path in (week.examples("attention"), week.suite("attention"))
        for name, function in vars(loader.fresh(path.stem, path.read_bytes())).items()
        if name.startswith("test_")
    ]

    def run() -> None:
        for function in tests:
            cpu = torch.device("cpu")
            values = {"student": key.reference, "reference": key.reference, "rng": Rng(0, cpu), "device": cpu}
            function(**{name: values[name] for name in inspect.signature(function).parameters})

    run()
    found = []
    for _ in range(PLAIN_RUNS):
        begun = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            run()
            os._exit(0)
        os.waitpid(pid, 0)
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def plain_pytest(course: Course, submission: Path, root: Path) -> float:
    """Run the same tests in a new pytest process that imports the student's file; return the wall time."""
    tests = root / f"plain-{submission.name}"
    tests.mkdir()
    (tests / "test_attention.py").write_bytes(course.week(WEEK).suite("attention").read_bytes())
    student = "    import importlib.util\n    spec = importlib.util.spec_from_file_location('student_module', {!r})\n"
    student += (
        "    module = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n    return module\n"
    )
    fixture = "def student():\n" + student.format(str(submission / WEEK / "attention.py"))
    (tests / "conftest.py").write_text(
        PLAIN.replace("def student():\n    return SHELF.reference\n", fixture), encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        f"--rootdir={tests}",
        str(tests),
    ]
    begun = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    return time.perf_counter() - begun

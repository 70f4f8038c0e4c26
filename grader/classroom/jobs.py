"""A job: one submission of one exercise as bytes in, its result as bytes out.

The same function judges on this machine and on any other, so a grade cannot depend on where it was made. What a
submission controls is only ever bytes. Knows nothing of classes, of other jobs, or of who sends them where.
"""

from __future__ import annotations

import functools
import importlib.metadata
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from grader.course.weeks import Course, Exercise, Week, digest
from grader.errors import UserError
from grader.judge.coordinator import Engine, JudgeCache, Task, run_together
from grader.outcomes import ExerciseResult

ROOMS = ("suites", "misconceptions", "alternatives")
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "pytest",
    "transformers",
    "tokenizers",
    "peft",
    "scikit-learn",
    "datasets",
    "matplotlib",
)
"""A result depends on their versions."""
JUDGES = 4
"""How many exercises a worker keeps judges for."""

Job = tuple[str, bytes]
"""The key of a result, and the request that leads to it."""
Keep = Callable[[str, bytes], None]
"""Hears of every result, one at a time."""


class Request(msgspec.Struct, frozen=True):
    """What a judge is asked: the only thing that crosses to another machine."""

    week: str
    exercise: str
    contents: str
    """The key of everything but the submission: who has another course refuses."""
    files: dict[str, bytes]
    device: str = "cpu"
    locked: bool = True


class Differs(Exception):
    """The course here is not the one that the request is about."""


def carry_out(request: bytes, course: Course, judges: JudgeCache) -> bytes:
    """Judge one submission and return its ExerciseResult as JSON.

    Raises:
        Differs: suite, solution, mistakes, engine or libraries are not those of the request.
    """
    asked = msgspec.msgpack.decode(request, type=Request)
    week, exercise = find(course, asked.week, asked.exercise)
    if contents(week, exercise, asked.locked, asked.device) != asked.contents:
        raise Differs(f"{asked.week}/{asked.exercise}")
    result = judges.judge(Task(week, exercise, asked.files, asked.device, asked.locked))
    return msgspec.json.encode(result)


def broken(request: bytes, why: str) -> bytes:
    """Return the result of a job that nobody could finish: the grader's fault, judged again next time."""
    asked = msgspec.msgpack.decode(request, type=Request)
    return msgspec.json.encode(ExerciseResult(asked.week, asked.exercise, device=asked.device, broken=why))


def find(course: Course, week: str, exercise: str) -> tuple[Week, Exercise]:
    """Return a week and an exercise by their names.

    Raises:
        Differs: the course has none of that name.
    """
    for one in course.weeks:
        if one.name == week:
            for item in one.exercises:
                if item.name == exercise:
                    return one, item
    raise Differs(f"{week}/{exercise}")


def contents(week: Week, exercise: Exercise, locked: bool, device: str) -> str:
    """Return the key of everything but the submission that a result depends on."""
    name = exercise.name
    paths = [week.suite(name), week.examples(name), week.solutions / f"{name}.py", week.mistakes(name)]
    paths += sorted((week.root / "datasets").glob("*/dataset.toml"))  # with the checksums of the data
    if exercise.tests:  # the answers that a learner's test must tell apart
        paths += [week.solutions / f"{exercise.tests}.py", week.mistakes(exercise.tests)]
        paths += week.alternatives(exercise.tests)
    texts = [path.read_bytes() if path.is_file() else b"-" for path in paths]
    described = msgspec.json.encode(exercise, order="sorted")
    given = [part for pair in week.given().items() for part in pair]
    return digest(_engine(), week.name, name, str(locked), device, described, *texts, *given)


@functools.cache
def _engine() -> str:
    package = Path(__file__).parents[1]
    sources = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in ROOMS]
    versions = [f"{sys.version_info[:2]}", *map(_version, PACKAGES)]
    return digest(*versions, *(path.read_bytes() for path in sources))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package).partition("+")[0]  # CPU and CUDA builds are told by the device
    except importlib.metadata.PackageNotFoundError:
        return "-"


class Pool:
    """Carries jobs out on this machine, so many at a time, with one warm engine."""

    def __init__(self, course: Course, engine: Callable[[], Engine], workers: int) -> None:
        self.course = course
        self.engine = engine
        self.workers = max(1, workers)

    def run(self, jobs: Iterator[Job], keep: Keep) -> None:
        """Carry out every job; jobs are taken from the iterator when a worker is free for them."""
        with self.engine() as engine:
            shared = _Shared(jobs, keep)
            workers = [
                threading.Thread(target=self._work, args=(engine, shared), daemon=True) for _ in range(self.workers)
            ]
            try:
                run_together(workers)
            finally:
                shared.jobs = iter(())
        if shared.problem:
            raise shared.problem

    def _work(self, engine: Engine, shared: _Shared) -> None:
        judges = JudgeCache(engine, judges=JUDGES)
        try:
            while (job := shared.next()) is not None:
                shared.finish(job[0], carry_out(job[1], self.course, judges))
        except Differs as problem:
            shared.fail(UserError("course_changed", exercise=problem))
        except BaseException as problem:  # noqa: BLE001 - told to the thread that waits
            shared.fail(problem)
        finally:
            judges.close()


class _Shared:
    """What the workers of one run share."""

    def __init__(self, jobs: Iterator[Job], keep: Keep) -> None:
        self.jobs = jobs
        self.keep = keep
        self.problem: BaseException | None = None
        self.taking, self.telling = threading.Lock(), threading.Lock()

    def next(self) -> Job | None:
        with self.taking:
            return next(self.jobs, None)

    def finish(self, key: str, result: bytes) -> None:
        with self.telling:
            self.keep(key, result)

    def fail(self, problem: BaseException) -> None:
        self.problem = self.problem or problem
        self.jobs = iter(())

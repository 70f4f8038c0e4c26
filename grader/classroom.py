"""A whole class: every submission judged, every result kept under a key of its contents, whatever happens on the way.

A key covers the submission's files, the exercise's suite, solution and mistakes, the engine and the settings; a
result is written atomically. Judging again does only what changed. Knows nothing of the shapes in which submissions
come or of pages.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from grader.course import Course, Exercise, Week, digest
from grader.engine import Engine, Task, judge_all
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import Submission
from grader.outcomes import ExerciseResult, Finding, Verdict

try:
    import fcntl
except ImportError:  # Windows: no box is locked there, so no class is graded there
    fcntl = None  # type: ignore[assignment]

STORE = ".results"
ROOMS = ("suites", "misconceptions", "alternatives")
ENGINE_PACKAGES = ("torch", "numpy", "pytest")


class Graded(msgspec.Struct):
    """One student with the results of every exercise that was asked for."""

    submission: Submission
    results: list[ExerciseResult]

    @property
    def score(self) -> float:
        return sum(result.score for result in self.results)

    @property
    def max_score(self) -> float:
        return sum(result.max_score for result in self.results)

    @property
    def problem(self) -> Finding | None:
        return self.submission.problem

    def needs_a_look(self) -> list[str]:
        """Why a person should look at this student, as message keys."""
        tests = [test for result in self.results for test in result.tests]
        reasons = ["look_problem"] if self.problem else []
        reasons += ["look_broken"] if any(result.at_fault for result in self.results) else []
        reasons += ["look_unmeasured"] if any(test.verdict is Verdict.UNMEASURED for test in tests) else []
        reasons += ["look_caught"] if any(test.caught for test in tests) else []
        return reasons


class Store:
    """Results by key, in one folder. A result that was written is whole: a killed run leaves no half."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / STORE
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> ExerciseResult | None:
        path = self._path(key)
        try:
            return msgspec.json.decode(path.read_bytes(), type=ExerciseResult)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, OSError):  # damaged by somebody: judged again
            return None

    def put(self, key: str, result: ExerciseResult) -> None:
        write_atomically(self._path(key), msgspec.json.encode(result))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


@contextlib.contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold the output folder for this run; a second run on it is told so."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError("out_in_use", path=folder) from None
        yield


class Waiting:
    """Which students still wait for a result; two with the same answer wait for the same one."""

    def __init__(self, students: int) -> None:
        self.students = students
        self.open: collections.Counter[int] = collections.Counter()
        self.by_key: dict[str, list[int]] = {}

    @property
    def done(self) -> int:
        return self.students - len(self.open)

    def add(self, student: int, key: str) -> None:
        self.open[student] += 1
        self.by_key.setdefault(key, []).append(student)

    def arrived(self, key: str) -> None:
        for student in self.by_key.pop(key, ()):
            self.open[student] -= 1
            if not self.open[student]:
                del self.open[student]


class Classroom:
    """Judges submissions of the chosen exercises into one output folder."""

    def __init__(
        self, course: Course, chosen: list[tuple[Week, Exercise]], out: Path, locked: bool, device: str
    ) -> None:
        self.course = course
        self.chosen = chosen
        self.store = Store(out)
        self.locked = locked
        self.device = device
        self.known_contents: dict[tuple[str, str], str] = {}

    def grade(
        self,
        submissions: list[Submission],
        engine: Callable[[], Engine],
        jobs: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Graded]:
        """Judge what has no result yet, and return every submission with its results.

        `engine` is called only when something has to be judged. `progress` hears (students done, students).
        """
        results: dict[str, ExerciseResult] = {}
        todo: dict[str, Task] = {}
        waiting = Waiting(len(submissions))
        for place, submission in enumerate(submissions):
            for task in self.tasks(submission):
                if task.label not in results and task.label not in todo:
                    kept = self.store.get(task.label)
                    if kept is None:
                        todo[task.label] = task
                    else:
                        results[task.label] = kept
                if task.label in todo:
                    waiting.add(place, task.label)
        if todo:
            self._judge(list(todo.values()), engine, jobs, results, waiting, progress)
        return [self._graded(submission, results) for submission in submissions]

    def tasks(self, submission: Submission) -> list[Task]:
        """The tasks of one submission, each labelled with its key; none when there is nothing that can be judged."""
        if submission.problem is not None:
            return []
        tasks = []
        for week, exercise in self.chosen:
            files = week.relevant(submission.files.get(week.name, {}), exercise.name)
            key = digest(self.contents(week, exercise), *(part for pair in sorted(files.items()) for part in pair))
            tasks.append(Task(week, exercise, files, self.device, self.locked, label=key))
        return tasks

    def contents(self, week: Week, exercise: Exercise) -> str:
        """The key of everything but the submission."""
        name = (week.name, exercise.name)
        if name not in self.known_contents:
            self.known_contents[name] = _contents(self.course.root, week, exercise.name, self.locked, self.device)
        return self.known_contents[name]

    def _judge(
        self,
        tasks: list[Task],
        engine: Callable[[], Engine],
        jobs: int,
        results: dict[str, ExerciseResult],
        waiting: Waiting,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        def keep(index: int, result: ExerciseResult) -> None:
            results[tasks[index].label] = result
            unsure = any(test.verdict is Verdict.UNMEASURED for test in result.tests)
            if not result.at_fault and not unsure:  # what is not certain is judged again next time
                self.store.put(tasks[index].label, result)
            waiting.arrived(tasks[index].label)
            if progress:
                progress(waiting.done, waiting.students)

        with engine() as running:
            judge_all(running, tasks, jobs, on_result=keep)

    def _graded(self, submission: Submission, results: dict[str, ExerciseResult]) -> Graded:
        return Graded(submission, [results[task.label] for task in self.tasks(submission)])


@functools.cache
def _engine_key(root: Path) -> str:
    package = Path(__file__).parent
    sources = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in ROOMS]
    versions = [importlib.metadata.version(name) for name in ENGINE_PACKAGES]
    return digest(*versions, *(path.read_bytes() for path in sources))


def _contents(root: Path, week: Week, exercise: str, locked: bool, device: str) -> str:
    paths = [week.suite(exercise), week.examples(exercise), week.solutions / f"{exercise}.py", week.mistakes(exercise)]
    texts = [path.read_bytes() if path.is_file() else b"-" for path in paths]
    described = msgspec.json.encode(week.exercise(exercise), order="sorted")
    given = [part for pair in week.given().items() for part in pair]
    return digest(_engine_key(root), week.name, exercise, str(locked), device, described, *texts, *given)

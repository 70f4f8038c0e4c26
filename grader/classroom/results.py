"""A class: every submission judged, every result stored under a key of its contents, also when a run is killed.

A key covers the submission's files, the exercise's suite, solution and mistakes, the engine and the settings; a
result is written atomically. Judging again does only what changed.
"""

from __future__ import annotations

import collections
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from grader.classroom.course_key import course_key
from grader.classroom.estimate import Estimate, size_of
from grader.course.weeks import Course, Exercise, Week, digest
from grader.errors import UserError
from grader.files import Spool, write_atomically
from grader.intake import Submission
from grader.judge.coordinator import Engine, Pool
from grader.judge.protocol import Task
from grader.judge.readiness import check_device
from grader.outcomes import ExerciseResult, Finding, Verdict

try:
    import fcntl
except ImportError:  # Windows: no box is locked there, so no class is graded there
    fcntl = None  # type: ignore[assignment]

MISSING = "intake_missing"
"""The problem of a student who handed nothing in."""
STORE, UNSURE = ".results", "unsure"

Tasks = Iterator[tuple[str, Task]]
"""What is to be judged, each with the key of its result."""
Keep = Callable[[str, ExerciseResult], None]
Run = Callable[[Tasks, Keep], None]
"""Judges tasks, wherever, and gives every result to the keeper, one at a time."""


def on_this_machine(workers: int, device: str = "cpu") -> Run:
    """Return what judges so many tasks at a time with an engine of its own."""

    def run(tasks: Tasks, keep: Keep) -> None:
        with Engine() as engine:
            check_device(device, engine)
            Pool(engine, workers).run(tasks, keep)

    return run


class PastScore(msgspec.Struct, frozen=True):
    """What a week came to before its penalty, and since when."""

    when: datetime
    score: float | None
    handed_in: bool
    """Whether the student's files had changed."""
    judged: float | None = None
    """What our judge gave, whatever the class file says."""
    changed: bool = False
    """Whether the tests or the class file had changed; else somebody asked again."""

    @property
    def why(self) -> str:
        """The key of why it is another than before."""
        return "dispute_files" if self.handed_in else "dispute_tests" if self.changed else "dispute_course"


class Graded(msgspec.Struct):
    """One student with the results of every exercise that was asked for."""

    submission: Submission
    results: list[ExerciseResult]
    unusable: list[str] = []
    """Weeks of which something came that nobody could read."""
    weeks: list[str] = []
    """All weeks that count for the student, with those in which nothing was handed in."""
    history: dict[str, list[PastScore]] = {}
    """What each week came to, whenever that changed."""

    def within(self, weeks: Sequence[str]) -> Graded:
        """Return what concerns these weeks."""
        own = self.submission
        files = {week: data for week, data in own.files.items() if week in weeks}
        received = {week: one for week, one in own.received.items() if week in weeks}
        part = msgspec.structs.replace(own, files=files, received=received)
        unusable = [week for week in self.unusable if week in weeks]
        results = [result for result in self.results if result.week in weeks]
        return Graded(part, results, unusable, [week for week in self.weeks if week in weeks])

    @property
    def problem(self) -> Finding | None:
        return self.submission.problem

    @property
    def absent(self) -> bool:
        """Whether there is nothing at all of a student who is on the roster."""
        return self.problem is not None and self.problem.key == MISSING

    def needs_a_look(self) -> list[str]:
        """Why a person should look at this student, as message keys."""
        tests = [test for result in self.results for test in result.tests]
        loaded = [not result.unloaded for result in self.results if result.begun and result.tests]
        reasons = ["look_problem"] if self.problem and not self.absent else ["look_unusable"] if self.unusable else []
        reasons += ["look_stranger"] if self.submission.stranger else []
        reasons += ["look_unloaded"] if len(loaded) > 1 and not any(loaded) else []  # not a slip in one of them
        reasons += ["look_broken"] if any(result.at_fault for result in self.results) else []
        reasons += ["look_kept"] if any(result.kept for result in self.results) else []
        reasons += ["look_unmeasured"] if any(test.verdict is Verdict.UNMEASURED for test in tests) else []
        reasons += ["look_caught"] if any(test.caught for test in tests) else []
        reasons += ["look_signs"] if any(result.signs for result in self.results) else []
        return reasons


class Store:
    """Results by key, in one folder. A result that was written is whole: a killed run leaves no half.

    A result that is not certain (the grader was at fault, or a speed could not be measured) stands aside: this run can
    read it, the next one judges again. A key begins with what the submission's files are, so that an earlier result of
    the same files is found when the grader fails on them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / STORE
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str, unsure: bool = False) -> ExerciseResult | None:
        """Return what the last judging gave; where the grader failed, nothing unless `unsure`."""
        failed = self._read(key, UNSURE)
        return (failed if unsure else None) if failed else self._read(key)

    def _read(self, key: str, aside: str = "") -> ExerciseResult | None:
        with contextlib.suppress(msgspec.DecodeError, OSError):  # none, or damaged by somebody: judged again
            return msgspec.json.decode(self._path(key, aside).read_bytes(), type=ExerciseResult)
        return None

    def former(self, key: str) -> ExerciseResult | None:
        """Return the latest certain result of the same files, judged by whatever suite or engine there was."""
        path = self._path(key)
        others = sorted(path.parent.glob(f"{key.partition('-')[0]}-*.json"), key=lambda one: -one.stat().st_mtime_ns)
        return next((result for one in others if (result := self._read(one.stem))), None)

    def put(self, key: str, result: ExerciseResult) -> None:
        write_atomically(self._path(key, "" if result.certain else UNSURE), msgspec.json.encode(result))
        if result.certain:
            self._path(key, UNSURE).unlink(missing_ok=True)

    def _path(self, key: str, aside: str = "") -> Path:
        return self.folder / aside / key[:2] / f"{key}.json"


@contextlib.contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold the output folder for this run; a second run on it is told so."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError("out_in_use", path=folder) from None
            except OSError:  # a file system without locks: two runs at a time would do the same work twice
                pass
        yield


class Waiting:
    """Which students still wait for a result; two with the same answer wait for the same one."""

    def __init__(self) -> None:
        self.open: collections.Counter[int] = collections.Counter()
        self.by_key: dict[str, list[int]] = {}

    def add(self, student: int, key: str) -> None:
        self.open[student] += 1
        self.by_key.setdefault(key, []).append(student)

    def arrived(self, key: str) -> None:
        for student in self.by_key.pop(key, ()):
            self.open[student] -= 1
            if not self.open[student]:
                del self.open[student]


class Progress(msgspec.Struct, frozen=True):
    """How far a class is."""

    judged: int
    """Tasks done in this run, of `to_judge`: submissions that are alike are one task."""
    to_judge: int
    done: int
    """Students whose results are all there, of `students`."""
    students: int
    seconds: float | None = None
    """How long it will still take, as far as that is known."""


class Classroom:
    """Judges submissions of the chosen exercises into one output folder.

    Submissions are admitted one by one, then judged; then the classroom can be walked through, as often as needed, and
    reads one student at a time. So its memory hardly grows with the class.
    """

    def __init__(
        self,
        course: Course,
        chosen: list[tuple[Week, Exercise]],
        out: Path,
        locked: bool,
        device: str,
        again: bool = False,
    ) -> None:
        self.course = course
        self.again = again
        """Whether also what has a result is judged."""
        self.chosen = chosen
        self.store = Store(out)
        self.device = device
        self.tasks = [Task(week, exercise, {}, device, locked) for week, exercise in chosen]
        """What is asked of each exercise, without a submission."""
        self.course_keys = list(map(course_key, self.tasks))
        self._spool = Spool(self.store.folder)
        """The submissions as they were read."""
        self._members: list[_Member] = []
        self._todo: list[dict[str, int]] = [{} for _ in chosen]
        """For each exercise, the keys without a result, with the first student who has it."""
        self._waiting = Waiting()

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Graded]:
        for member in self._members:
            submission = self._submission(member)
            yield Graded(submission, [self.result(*pair) for pair in zip(member.keys, self.chosen, strict=False)])

    def admit(self, submission: Submission) -> dict[tuple[str, str], str]:
        """Take a submission in, note what of it has to be judged, and return the keys of its results."""
        number = len(self._members)
        files = [] if submission.problem else [_files(submission, *pair) for pair in self.chosen]
        keys = [_key(*both) for both in zip(self.chosen, self.course_keys, files, strict=False)]
        self._members.append(_Member(self._spool.put(msgspec.msgpack.encode(submission)), keys))
        for key, todo in zip(keys, self._todo, strict=False):
            if key in todo or self.again or not self.store.get(key):
                todo.setdefault(key, number)
                self._waiting.add(number, key)
        return {(week.name, item.name): key for (week, item), key in zip(self.chosen, keys, strict=False)}

    def judge(self, run: Run, progress: Callable[[Progress], None] | None = None) -> None:
        """Judge what has no result yet; `run` is not called when there is nothing to judge."""
        waiting, total = self._waiting, len(self._waiting.by_key)
        if not total:
            return

        estimate = self._estimate()

        def keep(key: str, result: ExerciseResult) -> None:
            self.store.put(key, result)
            waiting.arrived(key)
            estimate.judged((result.week, result.exercise), result.seconds)
            if progress:
                done, all_ = len(self._members) - len(waiting.open), len(self._members)
                progress(Progress(total - len(waiting.by_key), total, done, all_, estimate.seconds()))

        run(self._to_judge(), keep)

    def _estimate(self) -> Estimate:
        todo = list(zip(self.chosen, self._todo, strict=True))
        return Estimate(
            {(week.name, item.name): len(keys) for (week, item), keys in todo},
            {(week.name, item.name): size_of(week, item) for (week, item), _ in todo},
        )

    def grade(self, submissions: Iterable[Submission], run: Run) -> list[Graded]:
        """Do it all at once, for a few submissions."""
        for submission in submissions:
            self.admit(submission)
        self.judge(run)
        return list(self)

    def _to_judge(self) -> Tasks:
        """What has to be judged, exercise by exercise, read when it is asked for.

        Raises:
            UserError: somebody changed the course meanwhile; its results do not belong under these keys.
        """
        for task, expected, todo in zip(self.tasks, self.course_keys, self._todo, strict=True):
            looked = -1.0
            for key, number in todo.items():
                if time.monotonic() - looked >= 1:  # for every task would take as long as some tasks
                    looked = time.monotonic()
                    if course_key(task) != expected:
                        raise UserError("course_changed", exercise=f"{task.week.name}/{task.exercise.name}")
                files = _files(self._submission(self._members[number]), task.week, task.exercise)
                yield key, msgspec.structs.replace(task, files=files)

    def _submission(self, member: _Member) -> Submission:
        return msgspec.msgpack.decode(self._spool.get(member.place), type=Submission)

    def result(self, key: str, exercise: tuple[Week, Exercise]) -> ExerciseResult:
        """Return the result of a key; where the grader failed, the latest that there was for the same files."""
        gone = ExerciseResult(exercise[0].name, exercise[1].name, device=self.device, broken="its result is gone")
        result = self.store.get(key, unsure=True) or gone
        former = None if result.certain else self.store.former(key)
        return msgspec.structs.replace(former, kept=result.fault) if former else result


class _Member(msgspec.Struct, frozen=True):
    """What is remembered of a student: where the submission is, and the keys of the results."""

    place: int
    keys: list[str]


def _files(submission: Submission, week: Week, exercise: Exercise) -> dict[str, bytes]:
    return week.relevant(submission.files.get(week.name, {}), exercise.name)


def _key(exercise: tuple[Week, Exercise], course: str, files: dict[str, bytes]) -> str:
    """Return the key of a result: what was handed in, then what judges it."""
    names = exercise[0].name, exercise[1].name
    return f"{digest(*names, *(part for pair in sorted(files.items()) for part in pair))}-{course}"

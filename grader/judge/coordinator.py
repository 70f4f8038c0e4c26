"""Runs judges: starts the warm process, hands out tasks, gathers results; without fork, judges in this process.

Imports no torch: the warm process does that meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from grader.box.link import BoxNotMade, Link
from grader.course.imports import imports_of
from grader.course.weeks import Exercise, Week
from grader.judge import locks
from grader.judge.environment import START_WARM, environment
from grader.judge.protocol import Done, Message, Ready, Suite, Task, Tested, receive, send
from grader.judge.signs import signs
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict

CAN_FORK = sys.platform.startswith("linux")
SILENCE = 600.0
"""A judge that is silent for so many seconds has failed: every test has a shorter limit."""
TRIES = 2
"""A judge that died is replaced; what kills two judges, and lets the solution be judged, has done it on purpose."""
DIED = "the judge died"
Listener = Callable[[Task, TestResult], None]
Key = TypeVar("Key")


def submission(week: Week, exercise: Exercise, folder: Path) -> dict[str, bytes]:
    """Return the modules of a week's folder that an exercise can use, by file name."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py")) if path.is_file()}
    return week.relevant(files, exercise.name)


class Engine(contextlib.AbstractContextManager["Engine"]):
    """The warm process, seen from the coordinator."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        """Start the warm process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line, self.lifeline = os.pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-c", START_WARM, str(theirs.fileno()), str(line)],
                env=environment(),
                pass_fds=[theirs.fileno(), line],
                stdin=subprocess.DEVNULL,
            )
        os.close(line)
        self.link = Link(ours)
        self.known_names: set[tuple[str, str]] = set()
        self.known_forbidden: set[tuple[str, ...]] = set()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Link]:
        """Give the line to the warm process; one that was killed, perhaps for its memory, is started anew."""
        with self.lock:
            if self.lifeline >= 0 and self.process.poll() is not None:
                self.close()
                self._begin()
            yield self.link

    def preload(self, tasks: Iterable[Task]) -> None:
        """Let the warm process import what the tasks' modules import, and look up what they forbid, once for all."""
        different = {task.suite: task for task in tasks}.values()
        names = {pair for task in different for pair in imports_of(task.week, task.exercise.name)}
        forbidden = {tuple(task.exercise.forbidden) for task in different}
        with self._asking() as link:
            new = {"names": sorted(names - self.known_names), "forbidden": sorted(forbidden - self.known_forbidden)}
            self.known_names |= names
            self.known_forbidden |= forbidden
            if any(new.values()):
                link.ask({"do": "preload", **new})

    def device_problem(self, device: str) -> str:
        """Return why there is no such device here, "" when there is one."""
        with self._asking() as link:
            return str(link.ask({"do": "device", "device": device})[0]["why"])

    def missing_layers(self) -> dict[str, str]:
        """Return the layers that a locked box would lack here, and why."""
        with self._asking() as link:
            return dict(link.ask({"do": "layers"})[0]["missing"])

    @contextlib.contextmanager
    def device_alone(self, device: str) -> Iterator[None]:
        """Hold the accelerator for one task: whatever else uses it would be measured too. A CPU is shared."""
        if device == "cpu":
            yield
            return
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
        with locks.held(locks.path(f"{device}-{visible}")):
            yield

    def open_judge(self) -> Judge:
        ours, theirs = socket.socketpair()
        with theirs, self._asking() as link:
            pid = link.ask({"do": "judge"}, [theirs.fileno()])[0]["pid"]
        return Judge(self, ours, pid)

    def end(self, pid: int) -> None:
        """Kill a judge; its boxes go with it."""
        with self.lock:
            self.link.ask({"do": "end", "pid": pid})

    def close(self) -> None:
        """End the warm process and everything that came from it."""
        self.link.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def __exit__(self, *exc: object) -> None:
        self.close()


def _finish(result: ExerciseResult, done: Done) -> None:
    """Note what is known when all tests are judged, and the known mistakes that they speak for together."""
    result.layers, result.seconds, result.explained = done.layers, done.seconds, done.explained
    for test in result.tests:
        if test.key in done.named:
            test.take(done.named[test.key])


class Judge:
    """A judge process; its first task says which suite it collects."""

    def __init__(self, engine: Engine, sock: socket.socket, pid: int) -> None:
        self.engine = engine
        self.sock = sock
        self.pid = pid
        sock.settimeout(SILENCE)
        self.ready: Ready | None = None
        self.unfit = False
        """Whether it should judge nothing more; so it is while it judges, until it says otherwise."""

    def judge(self, task: Task, listener: Listener | None = None) -> ExerciseResult:
        """Judge one task; a judge that fails gives a broken result."""
        result = task.result()
        self.unfit = True
        try:
            send(self.sock, task)
            if self.ready is None:
                self.ready = receive(self.sock, Ready) or Ready("the judge died before it began")
            result.broken = self.ready.broken
            if not result.broken:
                self._gather(task, result, listener)
        except (TimeoutError, OSError) as error:
            result.broken = f"the judge does not answer: {type(error).__name__}"
        return result

    def _gather(self, task: Task, result: ExerciseResult, listener: Listener | None) -> None:
        while True:
            message = receive(self.sock, Message)
            if isinstance(message, Tested):
                result.tests.append(message.result)
                if listener:
                    with contextlib.suppress(OSError):  # nobody reads about the progress any more
                        listener(task, message.result)
            elif message is None:
                result.broken = DIED
                return
            elif isinstance(message, Done):
                self.unfit = message.unfit
                _finish(result, message)
                return

    def close(self) -> None:
        self.sock.close()
        with contextlib.suppress(Exception):
            self.engine.end(self.pid)


def judge_all(
    engine: Engine, tasks: list[Task], workers: int, listener: Listener | None = None
) -> list[ExerciseResult]:
    """Judge every task, so many at a time, and return the results in the tasks' order."""
    engine.preload(tasks)
    results: dict[int, ExerciseResult] = {}
    Pool(engine, workers, listener).run(enumerate(tasks), results.__setitem__)
    return [results[place] for place in range(len(tasks))]


class Pool:
    """Judges tasks, so many at a time. Tasks of one exercise should follow each other: then they share judges."""

    def __init__(self, engine: Engine, workers: int, listener: Listener | None = None) -> None:
        self.engine = engine
        self.workers = max(1, workers)
        self.listener = listener
        self.taking, self.keeping = threading.Lock(), threading.Lock()
        self.problem: BaseException | None = None

    def run(self, tasks: Iterator[tuple[Key, Task]], keep: Callable[[Key, ExerciseResult], None]) -> None:
        """Judge every task and give each result to `keep`, one at a time.

        A task is taken from the iterator when a worker is free for it. What the iterator or `keep` raises ends the run.
        """
        self.tasks = tasks
        threads = [threading.Thread(target=self._work, args=(keep,), daemon=True) for _ in range(self.workers)]
        try:
            run_together(threads)
        finally:
            self.tasks = iter(())
        if self.problem:
            raise self.problem

    def _work(self, keep: Callable[[Any, ExerciseResult], None]) -> None:
        judges = JudgeCache(self.engine, self.listener)
        try:
            while (taken := self._take()) is not None:
                key, task = taken
                result = judges.judge(task)
                with self.keeping:
                    keep(key, result)
        except BaseException as problem:  # noqa: BLE001 - told to the thread that waits
            self.problem = self.problem or problem
            self.tasks = iter(())
        finally:
            judges.close()

    def _take(self) -> tuple[Any, Task] | None:
        with self.taking:
            return next(self.tasks, None)


def run_together(threads: list[threading.Thread]) -> None:
    """Start the threads and wait until all have ended; Ctrl-C interrupts the wait."""
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # a plain join cannot be interrupted
            thread.join(0.05)


class JudgeCache:
    """Judges one task after the other, and keeps a judge for each suite that it met last."""

    def __init__(self, engine: Engine, listener: Listener | None = None, judges: int = 1) -> None:
        self.engine = engine
        self.listener = listener
        self.most = judges
        self.judges: dict[Suite, Judge] = {}
        self.at_work, self.changing = threading.Lock(), threading.Lock()
        self.now: tuple[Judge, threading.Event | None] | None = None

    def judge(self, task: Task, cancelled: threading.Event | None = None) -> ExerciseResult:
        """Judge one task; when the judge itself fails, once more with a new one. Never raises."""
        result = task.result()
        with self.at_work:
            for _ in range(TRIES):
                result = self._judge(task, cancelled, self.listener)
                if not result.broken or (cancelled and cancelled.is_set()):
                    break
            else:
                if result.broken == DIED:
                    result = self._fail_the_rest(task, result)
        if task.locked:
            given = task.week.given()  # the judge takes its own, whatever was handed in
            result.signs = signs({name: source for name, source in task.files.items() if name not in given})
        return result

    def cancel(self, cancelled: threading.Event) -> None:
        """Have another thread's `judge` with this event return at once: its judge is killed, whatever it waits for."""
        cancelled.set()
        with self.changing:
            if self.now and self.now[1] is cancelled:
                with contextlib.suppress(BoxNotMade):
                    self.engine.end(self.now[0].pid)

    def _judge(
        self, task: Task, cancelled: threading.Event | None = None, listener: Listener | None = None
    ) -> ExerciseResult:
        try:
            with self.engine.device_alone(task.device):
                judge = self._judge_of(task)
                with self.changing:
                    self.now = judge, cancelled
                if cancelled and cancelled.is_set():
                    return task.result("cancelled")
                result = judge.judge(task, listener)
                if judge.unfit:
                    self._drop(task.suite)
                return result
        except Exception as error:  # noqa: BLE001 - one task that fails must not end the others
            self._drop(task.suite)
            return task.result(f"{type(error).__name__}: {error}")
        finally:
            with self.changing:
                self.now = None

    def _fail_the_rest(self, task: Task, result: ExerciseResult) -> ExerciseResult:
        """Where judges die over a submission and not over the solution, the tests that were not judged have failed."""
        solution = task.week.solutions / f"{task.exercise.name}.py"
        if not solution.is_file():
            return result
        control = msgspec.structs.replace(task, files={solution.name: solution.read_bytes()}, variant=None)
        expected = self._judge(control)
        if not expected.broken:
            judged = {test.key for test in result.tests}
            result.tests += [_lost(test) for test in expected.tests if test.key not in judged]
            result.broken, result.layers = "", expected.layers
        return result

    def _judge_of(self, task: Task) -> Judge:
        judge = self.judges.pop(task.suite, None)
        if judge is None:
            self.engine.preload([task])
            judge = self.engine.open_judge()
        self.judges[task.suite] = judge  # the last one is the one that was used last
        while len(self.judges) > self.most:
            self._drop(next(iter(self.judges)))
        return judge

    def _drop(self, suite: Suite) -> None:
        judge = self.judges.pop(suite, None)
        if judge is not None:
            judge.close()

    def close(self) -> None:
        for suite in list(self.judges):
            self._drop(suite)


def _lost(test: TestResult) -> TestResult:
    """Return a test's result for a submission over which its judge died."""
    failed = TestResult(test.name, test.sentence, Verdict.FAILED, 0, test.max_points, test.hidden)
    failed.findings, failed.fixtures, failed.number = [Finding("ended_the_judge")], test.fixtures, test.number
    return failed


class _LocalLine:
    """The line of a judge that runs in this process: one task in, its result gathered."""

    def __init__(self, task: Task) -> None:
        self.result = task.result()

    def next_task(self) -> None:
        """There was only the first one."""

    def say(self, message: Any) -> None:
        if isinstance(message, Tested):
            self.result.tests.append(message.result)
        elif isinstance(message, Done):
            _finish(self.result, message)
        self.result.broken = self.result.broken or getattr(message, "broken", "")


def judge_here(task: Task, debugging: bool = False) -> ExerciseResult:
    """Judge one task in this process: where there is no fork, or to debug."""
    from grader.box.launch import SpawnFactory
    from grader.judge import debug, loop

    line = _LocalLine(task)
    if debugging:
        debug.run(task, line)
    else:
        loop.run(task, SpawnFactory(), line)
    return line.result

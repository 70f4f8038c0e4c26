"""Runs judges: starts the warm process, hands out exercises, gathers results; where there is no fork, judges right
here.

Knows nothing of reports or gradebooks, and imports no torch: the warm process does that meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.box.limits import BoxSettings
from grader.box.link import Link
from grader.course.imports import imports_of
from grader.course.weeks import Exercise, Week
from grader.judge import locks
from grader.judge.environment import START_WARM, environment
from grader.judge.protocol import Done, Job, Order, Ready, Tested, Waiting, receive, send
from grader.judge.signs import signs
from grader.judge.work import Work
from grader.mistakes import Symptoms
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict

CAN_FORK = sys.platform.startswith("linux")
SILENCE = 600.0
"""A judge that says nothing for so many seconds has failed: every test has a shorter limit."""
TRIES = 2
"""A judge that died is replaced; what kills two judges, and lets the solution be judged, has done it on purpose."""
DIED = "the judge died"
Listener = Callable[["Task", TestResult], None]


class Task(msgspec.Struct, frozen=True):
    """One submission of one exercise, to be judged."""

    week: Week
    exercise: Exercise
    files: dict[str, bytes]
    device: str = "cpu"
    locked: bool = False
    hidden: bool = True
    examples: bool = True
    variant: tuple[bytes, dict[str, str]] | None = None
    tests: list[str] | None = None
    independent: bool = False
    sketch: bool = False
    symptoms: dict[str, Symptoms] | None = None
    secret: str = ""
    until_failure: bool = False
    stop_at_loop: bool = False
    label: str = ""

    def order(self) -> Order:
        root = str(self.week.root)
        return Order(root, self.week.name, self.exercise.name, self.device, self.hidden, self.examples)

    def job(self, speed_lock: str) -> Job:
        data = [str(self.week.root / "datasets" / name) for name in self.exercise.data]
        settings = BoxSettings(self.locked, self.exercise.memory_mb, device=self.device, readable=data)
        return Job(
            files=self.files,
            settings=settings,
            variant=self.variant,
            tests=self.tests,
            independent=self.independent,
            speed_lock=speed_lock,
            sketch=self.sketch,
            symptoms=self.symptoms,
            secret=self.secret,
            until_failure=self.until_failure,
            stop_at_loop=self.stop_at_loop,
        )


def submission(week: Week, exercise: Exercise, folder: Path) -> dict[str, bytes]:
    """Return the modules of a week's folder that an exercise can use, by file name."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py")) if path.is_file()}
    return week.relevant(files, exercise.name)


class Engine:
    """The warm process, seen from the coordinator."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lock = threading.Lock()
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
        self.speed_lock = locks.path("speed")
        self.known_names: set[tuple[str, str]] = set()
        self.known_forbidden: set[tuple[str, ...]] = set()

    def preload(self, tasks: Iterable[Task]) -> None:
        """Let the warm process import what the tasks' modules import, and look up what they forbid, once for all."""
        different = {task.order(): task for task in tasks}.values()
        names = {pair for task in different for pair in imports_of(task.week, task.exercise.name)}
        forbidden = {tuple(task.exercise.forbidden) for task in different}
        with self.lock:
            new = {"names": sorted(names - self.known_names), "forbidden": sorted(forbidden - self.known_forbidden)}
            self.known_names |= names
            self.known_forbidden |= forbidden
            if any(new.values()):
                self.link.ask({"do": "preload", **new})

    def device_problem(self, device: str) -> str:
        """Return why there is no such device here, "" when there is one."""
        with self.lock:
            return str(self.link.ask({"do": "device", "device": device})[0]["why"])

    def missing_layers(self) -> dict[str, str]:
        """Return the layers that a locked box would lack here, and why."""
        with self.lock:
            return dict(self.link.ask({"do": "layers"})[0]["missing"])

    @contextlib.contextmanager
    def device_alone(self, device: str) -> Iterator[None]:
        """Hold the accelerator for one task: whatever else uses it would be measured too. A CPU is shared."""
        if device == "cpu":
            yield
            return
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
        with locks.held(locks.path(f"{device}-{visible}")):
            yield

    def open_judge(self, order: Order) -> Judge:
        ours, theirs = socket.socketpair()
        with theirs, self.lock:
            pid = self.link.ask({"do": "judge"}, [theirs.fileno()])[0]["pid"]
        return Judge(self, ours, pid, order)

    def end(self, pid: int) -> None:
        """Kill a judge; its boxes go with it."""
        with self.lock:
            self.link.ask({"do": "reap", "pid": pid})

    def close(self) -> None:
        """End the warm process and everything that came from it."""
        self.link.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.lifeline)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _name(result: ExerciseResult, done: Done) -> None:
    """Note the known mistakes that all tests together speak for."""
    result.explained = done.explained
    for test in result.tests:
        if test.key in done.named:
            test.take(done.named[test.key])


class Judge:
    """A judge process with one collected suite."""

    def __init__(self, engine: Engine, sock: socket.socket, pid: int, order: Order) -> None:
        self.engine = engine
        self.sock = sock
        self.pid = pid
        sock.settimeout(SILENCE)
        send(sock, order)
        self.ready: Ready | None = None
        self.worn = False
        """Whether it should judge nothing more; so it is while it judges, until it says otherwise."""

    def judge(self, task: Task, listener: Listener | None = None) -> ExerciseResult:
        """Judge one task; a judge that fails gives a broken result."""
        result = ExerciseResult(task.week.name, task.exercise.name, device=task.device)
        self.worn = True
        try:
            if self.ready is None:
                self.ready = receive(self.sock, Ready) or Ready(broken="the judge died before it began")
            result.broken = self.ready.broken
            if not result.broken:
                send(self.sock, task.job(str(self.engine.speed_lock)))
                self._gather(task, result, listener)
        except (TimeoutError, OSError) as error:
            result.broken = f"the judge does not answer: {type(error).__name__}"
        return result

    def _gather(self, task: Task, result: ExerciseResult, listener: Listener | None) -> None:
        while True:
            message = receive(self.sock, Tested | Waiting | Done)
            if isinstance(message, Tested):
                result.tests.append(message.result)
                if listener:
                    with contextlib.suppress(OSError):  # nobody reads about the progress any more
                        listener(task, message.result)
                continue
            if isinstance(message, Waiting):
                continue
            if message is None:
                result.broken = DIED
            else:
                result.layers, result.seconds, self.worn = message.layers, message.seconds, message.worn
                _name(result, message)
            return

    def close(self) -> None:
        self.sock.close()
        with contextlib.suppress(Exception):
            self.engine.end(self.pid)


def judge_here(tasks: list[Task], listener: Listener | None = None, debug: bool = False) -> list[ExerciseResult]:
    """Judge one task after the other in this process: where there is no fork, or to debug."""
    return [_judge_here(task, listener, debug) for task in tasks]


def judge_all(
    engine: Engine,
    tasks: list[Task],
    jobs: int,
    listener: Listener | None = None,
    on_result: Callable[[int, ExerciseResult], None] | None = None,
) -> list[ExerciseResult]:
    """Judge every task, `jobs` at a time, and return the results in the tasks' order.

    Tasks of one exercise share judges, which collect their suite once. `on_result` hears each result as soon as it is
    there, one at a time.
    """
    engine.preload(tasks)
    work = Work([task.order() for task in tasks])
    results: dict[int, ExerciseResult] = {}
    telling = threading.Lock()

    def keep(index: int, result: ExerciseResult) -> None:
        with telling:
            results[index] = result
            if on_result:
                on_result(index, result)

    workers = [_Worker(JudgeCache(engine, listener), work, tasks, keep) for _ in range(max(1, jobs))]
    try:
        run_together(workers)
    except KeyboardInterrupt:
        work.stop()
        raise
    for worker in workers:
        if worker.problem:
            raise worker.problem
    return [results[index] for index in range(len(tasks))]


def run_together(threads: Sequence[threading.Thread]) -> None:
    """Start the threads and wait until all have ended; Ctrl-C interrupts the wait."""
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # a plain join cannot be interrupted
            thread.join(0.05)


class JudgeCache:
    """Judges one task after the other, with a judge for each exercise that it met last; used by one thread."""

    def __init__(self, engine: Engine, listener: Listener | None = None, judges: int = 1) -> None:
        self.engine = engine
        self.listener = listener
        self.most = judges
        self.judges: dict[Order, Judge] = {}

    def judge(self, task: Task) -> ExerciseResult:
        """Judge one task; when the judge itself fails, once more with a new one. Never raises."""
        result = ExerciseResult(task.week.name, task.exercise.name, device=task.device)
        for _ in range(TRIES):
            try:
                with self.engine.device_alone(task.device):
                    judge = self._judge_of(task)
                    result = judge.judge(task, self.listener)
                    if judge.worn:
                        self._let_go(task.order())
            except Exception as error:  # noqa: BLE001 - one task that fails must not end the others
                result.broken = f"{type(error).__name__}: {error}"
                self._let_go(task.order())
            if not result.broken:
                break
        if result.broken == DIED:
            result = self._blamed(task, result)
        if task.locked:
            result.signs = signs(task.files)
        return result

    def _blamed(self, task: Task, result: ExerciseResult) -> ExerciseResult:
        """Where judges die over a submission and not over the solution, the tests that were not judged have failed."""
        solution = task.week.solutions / f"{task.exercise.name}.py"
        if not solution.is_file():
            return result
        control = msgspec.structs.replace(task, files={solution.name: solution.read_bytes()}, variant=None)
        judge = self._judge_of(control)
        expected = judge.judge(control)
        if judge.worn:
            self._let_go(task.order())
        if not expected.broken:
            judged = {test.name for test in result.tests}
            result.tests += [_ended(test) for test in expected.tests if test.name not in judged]
            result.broken, result.layers = "", expected.layers
        return result

    def _judge_of(self, task: Task) -> Judge:
        order = task.order()
        if order not in self.judges:
            self.engine.preload([task])
        judge = self.judges.pop(order, None) or self.engine.open_judge(order)
        self.judges[order] = judge  # the last one is the one that was used last
        while len(self.judges) > self.most:
            self._let_go(next(iter(self.judges)))
        return judge

    def _let_go(self, order: Order) -> None:
        judge = self.judges.pop(order, None)
        if judge is not None:
            judge.close()

    def close(self) -> None:
        for order in list(self.judges):
            self._let_go(order)


def _ended(test: TestResult) -> TestResult:
    """Return a test's result for a submission over which its judge died."""
    failed = TestResult(test.name, test.sentence, Verdict.FAILED, 0, test.max_points, test.hidden)
    failed.findings, failed.fixtures = [Finding("ended_the_judge")], test.fixtures
    return failed


class _Worker(threading.Thread):
    """Takes tasks and has them judged, by one judge after the other."""

    def __init__(
        self, judges: JudgeCache, work: Work, tasks: list[Task], keep: Callable[[int, ExerciseResult], None]
    ) -> None:
        super().__init__(daemon=True)
        self.judges = judges
        self.work = work
        self.tasks = tasks
        self.keep = keep
        self.problem: BaseException | None = None

    def run(self) -> None:
        order: Order | None = None
        try:
            while (taken := self.work.take(order)) is not None:
                order, index = taken
                self.keep(index, self.judges.judge(self.tasks[index]))
        except BaseException as problem:  # noqa: BLE001 - told to the thread that waits
            self.problem = problem
            self.work.stop()
        finally:
            self.judges.close()


class _HereLine:
    """The line of a judge that runs in this process: one job in, results gathered."""

    def __init__(self, task: Task, listener: Listener | None) -> None:
        self.task = task
        self.listener = listener
        self.job: Job | None = task.job("")
        self.result = ExerciseResult(task.week.name, task.exercise.name, device=task.device)

    def next_job(self) -> Job | None:
        job, self.job = self.job, None
        return job

    def say(self, message: Any) -> None:
        if isinstance(message, Tested):
            self.result.tests.append(message.result)
            if self.listener:
                self.listener(self.task, message.result)
        elif isinstance(message, Done):
            self.result.layers, self.result.seconds = message.layers, message.seconds
            _name(self.result, message)
        self.result.broken = self.result.broken or getattr(message, "broken", "")


def _judge_here(task: Task, listener: Listener | None, debugging: bool) -> ExerciseResult:
    from grader.box.launch import SpawnFactory
    from grader.judge import debug, loop

    line = _HereLine(task, listener)
    if debugging:
        debug.run(task.order(), line)
    else:
        loop.run(task.order(), SpawnFactory(), line)
    return line.result

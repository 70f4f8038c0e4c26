"""Judging on a Dask cluster: one that runs already, or worker processes of our own.

Dask schedules, retries, watches heartbeats and moves tasks away from workers that are gone; a worker joins or leaves at
any time. A worker is asked only after it has shown that its course is the same and its box locks; it keeps one warm
engine. Only bytes cross: a task and its result.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import dask
import msgspec
from dask.utils import parse_timedelta
from distributed import Client, Future, LocalCluster, Reschedule, Worker, WorkerPlugin, get_worker
from distributed.core import Status
from distributed.utils import sync

from grader.classroom.course_key import course_key
from grader.classroom.results import Keep, Tasks
from grader.course.weeks import default_root
from grader.errors import UserError
from grader.judge.coordinator import CAN_FORK, Engine, JudgeCache
from grader.judge.protocol import Task, decode, encode
from grader.outcomes import ExerciseResult

TOPIC = "llm-exercises"
COURSE = "LLM_EXERCISES_COURSE"
"""Where a worker's course is, when it is neither where the coordinator's is nor around the worker's own engine."""
AHEAD = 512
"""So many tasks are with the cluster at a time: enough for a hundred workers, too few to fill a memory."""
JUDGES = 4
"""How many exercises a worker keeps judges for: tasks reach it in no particular order."""
RETRIES = 2
LOCAL = {
    "distributed.scheduler.allowed-failures": 20,  # our workers die of accidents, not of tasks: code runs in a box
    "distributed.scheduler.worker-ttl": "60s",
    "distributed.comm.timeouts.connect": "30s",
}
REFUSALS = ("cluster_course", "cluster_layers", "cluster_device", "cluster_trouble")

Tell = Callable[..., None]
Answer: TypeAlias = "Future[bytes]"


class Judging(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """What makes a Dask worker a judge, or has it refuse. Sent to every worker, also to one that joins late.

    A judge offers the resource that is called as the plugin, and tasks ask for it: so Dask gives them to nobody else.
    """

    def __init__(self, name: str, asked: list[tuple[bytes, str]], is_local: bool) -> None:
        self.name = name
        self.asked = asked
        """Of each exercise a task without a submission, and the key of the coordinator's course."""
        self.is_local = is_local
        """Whether the worker is ours, started for this run."""
        self.judges: JudgeCache | None = None

    async def setup(self, worker: Worker) -> None:
        """Become a judge, or say why not; Dask calls this."""
        if self.is_local and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # also in one that was started anew
        try:
            key, problem = await asyncio.to_thread(self._prepare)
        except Exception as error:  # noqa: BLE001 - told to the coordinator; the worker lives on for others
            key, problem = "cluster_trouble", f"{type(error).__name__}: {error}"
        worker.log_event(TOPIC, {"run": self.name, "worker": worker.address, "key": key, "problem": problem[:2000]})
        if key:
            await self.teardown(worker)
            return
        await worker.set_resources(**{self.name: 1})
        # Dask looks again at tasks that nobody could take only when a worker begins to run.
        worker.status = Status.paused
        worker.status = Status.running

    async def teardown(self, worker: Worker) -> None:
        """End the engine; Dask calls this when the run or the worker ends."""
        judges, self.judges = self.judges, None
        if judges is not None:
            await asyncio.to_thread(judges.engine.close)

    def _prepare(self) -> tuple[str, str]:
        """Return why this worker cannot judge, as a key and what fills it; ("", "") when it can."""
        if not CAN_FORK:
            return "cluster_layers", f"Linux ({sys.platform})"
        try:
            tasks = [checked(data, key) for data, key in self.asked]
        except Differs as differs:
            return "cluster_course", str(differs)
        engine = Engine()
        self.judges = JudgeCache(engine, judges=JUDGES)
        missing = engine.missing_layers() if tasks[0].locked else {}
        if missing:
            return "cluster_layers", "; ".join(f"{name}: {why}" for name, why in missing.items())
        device = tasks[0].device
        problem = engine.device_problem(device) if device != "cpu" else ""
        engine.preload(tasks)
        return ("cluster_device", problem) if problem else ("", "")


class Differs(Exception):
    """The course here is not the one that a task is about."""


def checked(data: bytes, key: str) -> Task:
    """Return a task that came as bytes, about the course of this worker.

    Raises:
        Differs: suite, solution, mistakes, engine or libraries are not the coordinator's, or not to be read.
    """
    task: Task = decode(data, Task)
    own = msgspec.structs.replace(task, week=msgspec.structs.replace(task.week, root=_root(task.week.root)))
    try:
        key_here = course_key(own)
    except OSError as error:  # as it is, it would look like a lost line to the coordinator
        raise Differs(f"{task.week.name}/{task.exercise.name}: {error}") from error
    if key_here != key:
        raise Differs(f"{task.week.name}/{task.exercise.name}")
    return own


def _root(coordinators: Path) -> Path:
    """Return where this worker's course is."""
    if COURSE in os.environ:
        return Path(os.environ[COURSE])
    return coordinators if (coordinators / "exercises").is_dir() else default_root()


def work(data: bytes, key: str, name: str) -> bytes:
    """Judge one task on a worker: what Dask runs."""
    worker = get_worker()
    judging = worker.plugins[name]
    assert isinstance(judging, Judging) and judging.judges is not None
    try:
        return encode(judging.judges.judge(checked(data, key)))
    except Differs as differs:  # somebody changed the course under the worker: from now on it refuses
        said = {"run": name, "worker": worker.address, "key": "cluster_course", "problem": str(differs)}
        worker.log_event(TOPIC, said)
        sync(worker.loop, worker.set_resources, **{name: 0})
        raise Reschedule from None


class Cluster:
    """One run on a cluster. Use it as a context: what it started ends with it."""

    def __init__(self, asked: str, wanted: list[Task], tell: Tell) -> None:
        """Look for a cluster as `asked`, for tasks like those that are wanted: one of each exercise, without files."""
        self.keys = {task.suite: course_key(task) for task in wanted}
        self.name = f"judge-{secrets.token_hex(8)}"
        self.plugin = Judging(self.name, [(encode(task), self.keys[task.suite]) for task in wanted], asked.isdecimal())
        self.asked = asked
        self.tell = tell
        self.able: set[str] = set()
        self.alive = time.monotonic()
        """When a result came or somebody able was seen last; to begin with, when the run began."""
        self.told_waiting = False
        self.refused: dict[str, str] = {}
        self.local: LocalCluster | None = None
        self.timeout: float = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
        """When all who joined have refused, and for so many seconds no other came, the run ends."""

    def __enter__(self) -> Cluster:
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # its warnings are ours to tell
        try:
            self.client = self._connect()
        except (OSError, ValueError, TimeoutError, RuntimeError) as error:
            raise UserError("cluster_unreachable", asked=self.asked, problem=error) from error
        self.client.subscribe_topic(TOPIC, self._hear)
        try:
            self.client.register_plugin(self.plugin, name=self.name)
        except Exception as error:  # noqa: BLE001 - a worker without the grader: the others have the plugin
            self.tell("cluster_trouble", worker="?", problem=f"{type(error).__name__}: {error}")
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            if self.client.status == "running" and self.local is None:
                with contextlib.suppress(Exception):  # a worker or the scheduler goes just now: nothing is left to undo
                    self.client.unsubscribe_topic(TOPIC)  # who was about to begin cannot any more: no news
                    self.client.unregister_worker_plugin(self.name)
        finally:
            self.client.close()
            if self.local is not None:
                self.local.close()

    def run(self, tasks: Tasks, keep: Keep) -> None:
        """Have every task judged.

        Raises:
            UserError: the scheduler is gone, or every worker refused. What was kept is kept.
        """
        done: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        sent: dict[Any, tuple[Answer, str, Task]] = {}
        # In the middle of a call to Dask, Ctrl-C could leave a lock held for ever: it waits for its turn in `done`.
        with _on_ctrl_c(lambda *_: done.put(None)):
            while True:
                while len(sent) < AHEAD and (taken := next(tasks, None)) is not None:
                    asked = self._submit(*taken)
                    sent[asked.key] = asked, *taken
                    asked.add_done_callback(done.put)
                if not sent:
                    return
                try:
                    future = done.get(timeout=1)
                except queue.Empty:
                    self._check()
                    continue
                if future is None:
                    raise KeyboardInterrupt
                self.alive = time.monotonic()
                _, key, task = sent.pop(future.key)
                keep(key, _result(future, task))

    def _submit(self, key: str, task: Task) -> Answer:
        wants: dict[str, Any] = {"resources": {self.name: 1}, "retries": RETRIES, "pure": False}
        what = encode(task), self.keys[task.suite], self.name
        return self.client.submit(work, *what, key=f"{self.name}-{key}", **wants)

    def _check(self) -> None:
        """Nothing came for a while: see whether anything still can."""
        if self.client.status != "running":
            raise UserError("cluster_lost")
        if self.able & self.client.scheduler_info()["workers"].keys():
            self.alive = time.monotonic()
        elif time.monotonic() - self.alive > self.timeout:
            if self.refused and not self.able:
                raise UserError("cluster_nobody", count=len(self.refused))
            if not self.told_waiting:
                self.tell("cluster_waiting")
            self.told_waiting = True

    def _hear(self, event: tuple[float, Any]) -> None:
        """A worker has said whether it can judge."""
        said = event[1]
        if not isinstance(said, dict) or said.get("run") != self.name:
            return
        worker, key = str(said.get("worker")), said.get("key")
        if key not in REFUSALS:
            self.able.add(worker)
            return
        self.able.discard(worker)  # it could judge, until somebody changed its course
        if worker not in self.refused:
            self.refused[worker] = key
            self.tell(key, worker=worker, problem=str(said.get("problem")))

    def _expect(self, path: Path) -> None:
        """Wait a while for a scheduler's file; Dask would wait for ever, without a word."""
        if not path.is_file():
            self.tell("cluster_file_waiting", path=path)
        end = time.monotonic() + self.timeout
        while not path.is_file():
            if time.monotonic() > end:
                raise UserError("cluster_no_file", path=path)
            time.sleep(0.1)

    def _connect(self) -> Client:
        if self.asked.isdecimal() and int(self.asked) > 0:
            # Keys made for this run: another user of this machine could otherwise give our workers orders.
            with dask.config.set(LOCAL), _on_ctrl_c(signal.SIG_IGN):
                self.local = LocalCluster(
                    n_workers=int(self.asked),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    # Its own server: any free port, for this machine alone, and no dashboard.
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                    security=True,
                )
            return Client(self.local)
        if self.asked.endswith(".json"):
            path = Path(self.asked).expanduser()
            self._expect(path)
            return Client(scheduler_file=str(path))
        if "://" not in self.asked:
            raise UserError("cluster_asked", asked=self.asked)
        return Client(self.asked)


@contextlib.contextmanager
def _on_ctrl_c(handler: Any) -> Iterator[None]:
    """Have Ctrl-C do something else; processes that begin while it is ignored ignore it too, and are ours to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _result(future: Answer, task: Task) -> ExerciseResult:
    """Return a task's result; what no worker could finish is the grader's fault.

    Raises:
        UserError: the scheduler is gone.
    """
    try:
        result: ExerciseResult = decode(future.result(), ExerciseResult)
    except (asyncio.CancelledError, OSError) as error:
        raise UserError("cluster_lost") from error
    except Exception as error:
        if future.cancelled():
            raise UserError("cluster_lost") from error
        return task.result(f"{type(error).__name__}: {error}")
    return result

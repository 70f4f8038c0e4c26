"""Judging where there is no fork: one process takes task after task, and is ended when a check has come too late."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from grader.judge.coordinator import DIED, TRIES, judge_here
from grader.judge.protocol import Suite, Task
from grader.outcomes import ExerciseResult

SPAWN = multiprocessing.get_context("spawn")


class JudgeApart:
    """Stands in for a JudgeCache of one suite. Each box is a new interpreter, which takes some seconds."""

    def __init__(self) -> None:
        self.at_work = threading.Lock()
        self.suite: Suite | None = None
        self.process: BaseProcess | None = None
        self.closed = False

    def judge(self, task: Task, cancelled: threading.Event) -> ExerciseResult:
        """Judge one task; when the process dies and nobody ended it, once more with a new one. Never raises."""
        with self.at_work:
            for _ in range(TRIES):
                try:
                    if task.suite != self.suite and not self.closed:
                        self._begin(task.suite)
                    if cancelled.is_set() or self.closed:  # asked when there is a process that can be ended
                        break
                    self.line.send(task)
                    return self.line.recv()  # type: ignore[no-any-return]
                except (EOFError, OSError):
                    self.suite = None
        return task.result(DIED)

    def cancel(self, cancelled: threading.Event) -> None:
        """Have another thread's `judge` with this event return at once."""
        cancelled.set()
        self._end()

    def close(self) -> None:
        """Judge nothing more."""
        self.closed = True
        self._end()

    def _end(self) -> None:
        """End the process; its boxes end with it."""
        if self.process:
            self.process.kill()

    def _begin(self, suite: Suite) -> None:
        """Start a process that will collect this suite."""
        self._end()
        self.line, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self.process, self.suite = process, suite


def _serve(line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the one who watches
    with contextlib.suppress(EOFError, OSError):  # who watched is gone
        while True:
            line.send(judge_here(line.recv()))

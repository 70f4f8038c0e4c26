"""`check --debug`: judge and student in one process, so that breakpoint() works. For one's own code only.

The student's side is a thread that serves the same requests over the same kind of socket; nothing is limited and
nothing is timed out.
"""

from __future__ import annotations

import bdb
import os
import socket
import tempfile
import threading

from grader.box.inside import wire
from grader.box.inside.channel import Channel
from grader.box.inside.serve import Server
from grader.box.launch import Box, Death, greeted
from grader.box.limits import BoxSettings
from grader.course.weeks import Exercise, Week
from grader.judge import loop
from grader.judge.answer_key import AnswerKey
from grader.judge.protocol import Task

INTERRUPTED = 130


class DebugAnswerKey(AnswerKey):
    """A key whose own modules are loaded first: afterwards the student's module has the name."""

    def __init__(self, week: Week, exercise: Exercise) -> None:
        super().__init__(week, exercise)
        if self.source is not None:
            assert all(map(self.variant, self.suspects.values()))


class DebugServer(Server):
    """Ends the whole run when somebody quits the debugger: its process is ours."""

    def describe(self, error: BaseException) -> tuple[str, list[str], str, str]:
        if isinstance(error, bdb.BdbQuit):
            os._exit(INTERRUPTED)
        return super().describe(error)

    def close(self, own: list[str], loaded: set[str]) -> None:
        """Close nothing: it would stay closed, and a debugger shows sources."""


class _Thread:
    """The process side of a box that is no process."""

    def __init__(self, sock: socket.socket) -> None:
        self.pid = os.getpid()
        self.thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
        self.thread.start()

    def _serve(self, sock: socket.socket) -> None:
        channel = Channel(sock, blocking=True)
        channel.send(wire.encode(("layers", {"limits": False})))
        DebugServer(channel, None).run()

    def kill(self) -> Death:
        return Death()

    def ended(self, seconds: float) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def stop(self) -> None:
        """A thread cannot be stopped; a ratio that was taken under a debugger means nothing anyway."""

    def resume(self) -> None:
        """See stop."""

    def ask_where(self) -> bool:
        return False


class ThreadFactory:
    """Makes boxes that are threads of this process."""

    def open_box(self, settings: BoxSettings) -> Box:
        ours, theirs = socket.socketpair()
        output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - stays empty: prints go to the terminal
        return greeted(Box(_Thread(theirs), Channel(ours, blocking=False), output))


def run(task: Task, line: loop.Line) -> None:
    """Judge one task in this process."""
    key = DebugAnswerKey(task.week, task.exercise)
    loop.collect(loop.SuiteLoop(key, task, ThreadFactory(), line, untimed=True))

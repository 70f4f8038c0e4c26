"""A process that reads submissions, so that none of them can hang or exhaust the one that grades.

It is asked for one student at a time and ended when that takes too long; the next student gets a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO

SECONDS = 20
"""Of computing for one submission: an honest week takes a tenth of a second, a whole term three seconds."""
PATIENCE = 6 * SECONDS
"""Seconds by the wall clock, for a busy machine and slow disks."""
MEMORY = 4 << 30
"""Bytes of address space."""
GRACE = 0.5
"""Seconds for the process to end by itself once there is nothing more to read."""
LENGTH = 8
START = "from grader.intake.reading import main; main({seconds})"


class TookTooLong(Exception):
    """The submission was given up."""


class Died(Exception):
    """The process ended by itself: a fault of ours. The argument is its exit code."""


class Reader:
    """The process. One request at a time; it starts with the first and ends with this object's process."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = threading.Lock()

    def ask(self, request: bytes) -> bytes:
        """Return the answer to a request.

        Raises:
            TookTooLong: there was none in time.
            Died: there will be none, for whatever reason.
        """
        with self.lock:
            process = self.process = self.process or self._started()
            guard = threading.Timer(PATIENCE, process.kill)
            guard.start()
            try:
                _send(process.stdin, request)
                return _receive(process.stdout)
            except BaseException as error:  # also when interrupted in the middle of an answer
                code = self.end()
                if isinstance(error, EOFError | OSError):
                    raise (TookTooLong() if code < 0 else Died(code)) from None
                raise
            finally:
                guard.cancel()

    def end(self) -> int:
        """End the process and return its exit code; the next request starts another."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with contextlib.suppress(OSError):  # what was to be sent to it
            process.stdin.close()  # type: ignore[union-attr]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.stdout.close()  # type: ignore[union-attr]
        return process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        start = START.format(seconds=self.seconds)
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-s", "-P", "-c", start], stdin=pipe, stdout=pipe)


def reader() -> Reader:
    """Return the reader of this process, as the user who this process is now."""
    return _reader(os.getpid(), os.geteuid() if hasattr(os, "geteuid") else 0)


@functools.cache
def _reader(process: int, user: int) -> Reader:
    reader = Reader()
    atexit.register(reader.end)
    return reader


def serve(answer: Callable[[bytes], bytes], seconds: float) -> None:
    """Answer requests until there are no more, each within so many seconds of computing; the inside of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when this ends
    _limit_memory()
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = _receive(source)
            _allow(seconds)
            reply = answer(request)
            _allow(0)
            _send(target, reply)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _allow(seconds: float) -> None:
    """Let the process end after so many seconds of computing; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _send(stream: IO[bytes] | None, data: bytes) -> None:
    assert stream
    stream.write(len(data).to_bytes(LENGTH, "little") + data)
    stream.flush()


def _receive(stream: IO[bytes] | None) -> bytes:
    assert stream
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        raise EOFError
    size = int.from_bytes(length, "little")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data

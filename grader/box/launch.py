"""Boxes from outside: make one, talk to it, end it, and say how it ended.

A factory makes boxes: ForkFactory asks the warm process for a fork (Linux), SpawnFactory starts a new interpreter
(everywhere).
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from grader.box.inside import serve, wire
from grader.box.inside.channel import Channel, Closed, Deadline
from grader.box.limits import BoxSettings
from grader.box.link import BoxNotMade, Link

SPAWN_SECONDS = 120
WHERE_SECONDS, WHERE_BYTES = 0.5, 1 << 16
"""How long, and in how many bytes, a box can say where it is."""
WATCH_MS = 20
CONTEXT_BYTES = 1 << 30
"""What a driver's context may take of the host's memory beside what the exercise may."""


class Death(msgspec.Struct, frozen=True):
    """How a box ended: a signal's number, or an exit code."""

    signal: int = 0
    code: int = 0


class Process(Protocol):
    """The operating system's side of a box."""

    pid: int

    def kill(self) -> Death: ...
    def ended(self, seconds: float) -> bool: ...
    def stop(self) -> None: ...
    def resume(self) -> None: ...
    def ask_where(self) -> bool: ...


class Box:
    """One process with student code. After `kill` it answers nothing."""

    def __init__(self, process: Process, channel: Channel, output: BinaryIO) -> None:
        self.process = process
        self.channel = channel
        self.output = output
        self.death: Death | None = None
        self.layers: dict[str, bool] = {}
        self.born_bytes = self.resident_bytes()
        self.overgrown = False
        """Whether a watch ended it for its memory."""

    def printed(self, limit: int) -> tuple[str, int]:
        """Return the first `limit` bytes that the box printed, as text, and how many bytes it printed."""
        size = os.fstat(self.output.fileno()).st_size
        with contextlib.suppress(OSError, ValueError):
            self.output.seek(0)
            return self.output.read(limit).decode("utf-8", "replace"), size
        return "", size

    def forget_printed(self) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self.output.fileno(), 0)
            self.output.seek(0)  # box and judge share the place: the next print would leave a hole before it

    def kill(self) -> Death:
        """End the box and everything that it started; return how it had ended, if it ended by itself."""
        if self.death is None:
            self.death = Death()  # also where the warm process is gone and cannot say how
            try:
                self.death = self.process.kill()
            finally:
                self.channel.close()
                self.output.close()
        return self.death

    def cpu_seconds(self) -> float | None:
        """CPU time of all threads of the box, read from outside; None where the system does not tell."""
        if not hasattr(time, "clock_gettime") or not sys.platform.startswith("linux"):
            return None
        # CLOCK_PROCESS_CPUTIME_ID of another process: see clock_getcpuclockid(3).
        return time.clock_gettime_ns(((~self.process.pid) << 3) | 2) / 1e9

    def starved_seconds(self) -> float:
        """Wall time in which the box's main thread could have run and the machine gave it no core, 0 if unknown."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1]) / 1e9
        return 0.0

    def whereabouts(self, files: Collection[str]) -> tuple[str, int] | None:
        """Return the file and the line, of these files, at which the box is now; None where it does not tell."""
        before = os.fstat(self.output.fileno()).st_size
        if not self.process.ask_where():
            return None
        until = time.monotonic() + WHERE_SECONDS
        said = b""
        while time.monotonic() < until and b"\n" not in said[-1:]:
            time.sleep(0.01)
            said = os.pread(self.output.fileno(), WHERE_BYTES, before)
        with contextlib.suppress(OSError):
            os.ftruncate(self.output.fileno(), before)
        for file, line in re.findall(r'^  File "([^"\n]+)", line (\d+)', said.decode("utf-8", "replace"), re.M):
            if file in files:
                return file, int(line)
        return None

    def peak_bytes(self) -> int | None:
        """The largest resident size that the box ever had; None where the system does not tell."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin anew at what the box holds now, where the system can."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def resident_bytes(self) -> int | None:
        return self._status("VmRSS")

    def own_bytes(self) -> int | None:
        """Resident memory that is no file's: what the box itself asked for, without the libraries that it maps."""
        return self._status("RssAnon")

    def _status(self, field: str) -> int | None:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    return int(line.split()[1]) << 10
        return None


class MemoryWatch(threading.Thread):
    """Watches a box's memory where the system cannot bound it, and ends the box when it has too much.

    An accelerator's driver reserves address space by the terabyte, so a limit on it is no use there; what counts is
    what is resident.
    """

    def __init__(self, box: Box, pidfd: int, most: int) -> None:
        super().__init__(daemon=True)
        self.box = box
        self.pidfd = os.dup(pidfd)  # the box's own is closed when it is taken away
        self.most = most

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        while not poll.poll(WATCH_MS):
            if (self.box.own_bytes() or 0) > self.most:
                self.box.overgrown = True
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                break
        os.close(self.pidfd)


class BoxFactory(Protocol):
    """Makes boxes."""

    def open_box(self, settings: BoxSettings) -> Box: ...


class _Forked:
    """A box that the warm process forked, held by a pidfd so that its number cannot be reused under us."""

    def __init__(self, link: Link, pid: int, pidfd: int) -> None:
        self.link = link
        self.pid = pid
        self.pidfd = pidfd

    def kill(self) -> Death:
        with contextlib.suppress(ProcessLookupError):
            self._signal(signal.SIGKILL)
        os.close(self.pidfd)
        return msgspec.convert(self.link.ask({"do": "end", "pid": self.pid})[0], Death)

    def ended(self, seconds: float) -> bool:
        """Wait so long for it to end by itself."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(1000 * seconds))

    def stop(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def ask_where(self) -> bool:
        """Have it print the stack of its threads."""
        if serve.WHERE is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            self._signal(serve.WHERE)
            return True
        return False

    def _signal(self, number: int) -> None:
        signal.pidfd_send_signal(self.pidfd, number)


class ForkFactory:
    """Asks the warm process, over a control socket, for forks of itself."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def open_box(self, settings: BoxSettings) -> Box:
        ours, theirs = socket.socketpair()
        output = os.fdopen(os.memfd_create("printed"), "r+b", buffering=0)
        with theirs:
            reply, fds = self.link.ask(
                {"do": "box", "settings": msgspec.to_builtins(settings)}, [theirs.fileno(), output.fileno()]
            )
        process = _Forked(self.link, reply["pid"], fds[0])
        box = greeted(Box(process, Channel(ours, blocking=False), output))
        if settings.device != "cpu":
            MemoryWatch(box, process.pidfd, (box.own_bytes() or 0) + (settings.memory_mb << 20) + CONTEXT_BYTES).start()
        return box


def greeted(box: Box) -> Box:
    """Wait for a new box's first frame: the layers that it stands behind, or why it could not."""
    try:
        header, payload = box.channel.receive(time.monotonic() + SPAWN_SECONDS)
        kind, value = wire.decode(header, payload)
    except (Closed, Deadline, wire.BadFrame, wire.TooLarge) as error:
        raise BoxNotMade(f"a box did not start: {type(error).__name__}, {box.kill()}") from error
    if kind != "layers":
        box.kill()
        raise BoxNotMade(f"a box did not start: {value}")
    box.layers = dict(value)
    return box


class _Spawned:
    """A box in a new interpreter."""

    def __init__(self, process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
        self.process = process
        self.folder = folder
        self.pid = process.pid

    def kill(self) -> Death:
        ended = self.process.poll()
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(self.pid)], capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        with self.process:
            code = self.process.wait()
        self.folder.cleanup()
        code = code if ended is None else ended
        return Death(signal=-code) if code < 0 else Death(code=code)

    def ended(self, seconds: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.poll() is not None

    def ask_where(self) -> bool:
        return False

    def stop(self) -> None:
        if sys.platform != "win32":
            os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        if sys.platform != "win32":
            os.kill(self.pid, signal.SIGCONT)


class SpawnFactory:
    """Starts a new interpreter for each box: slow, but it needs no fork."""

    def open_box(self, settings: BoxSettings) -> Box:
        output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the box owns it
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        token = secrets.token_bytes(32)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(SPAWN_SECONDS)
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", "grader.box.spawned", str(server.getsockname()[1])],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=folder.name,
                bufsize=0,
                start_new_session=sys.platform != "win32",
            )
            spawned = _Spawned(process, folder)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it has ended already, as is seen below
                process.stdin.write(token + msgspec.json.encode(settings) + b"\n")
            try:
                connection = self._accept(server, token, process)
            except BoxNotMade:
                spawned.kill()
                output.close()
                raise
        return greeted(Box(spawned, Channel(connection, blocking=False), output))

    def _accept(self, server: socket.socket, token: bytes, process: subprocess.Popen[bytes]) -> socket.socket:
        """Return the connection that knows the token: any local process could connect."""
        until = time.monotonic() + SPAWN_SECONDS
        while time.monotonic() < until and process.poll() is None:
            server.settimeout(1)
            with contextlib.suppress(TimeoutError, ConnectionError), contextlib.ExitStack() as strangers:
                connection = strangers.enter_context(server.accept()[0])
                connection.settimeout(1)
                if secrets.compare_digest(connection.recv(len(token)), token):
                    strangers.pop_all()
                    connection.settimeout(SPAWN_SECONDS)
                    return connection
        raise BoxNotMade("a box did not start: the new interpreter did not answer")

"""Calls of the Linux kernel that Python lacks, by ctypes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import posix
import struct
import sys
from collections.abc import Callable

from grader.box import syscalls

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
ENV_START, ENV_END = 47, 48
"""Where /proc/self/stat holds the environment's addresses, counted behind the name; see proc(5)."""
CAPABILITY_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def call(name: str, *args: int | bytes | None) -> int:
    """Make the system call `name`.

    Raises:
        OSError: refused, with the call's name; ENOSYS where this machine's number for it is not known.
    """
    number = syscalls.OURS.get(name)
    if libc is None or number is None:
        raise OSError(38, f"{name}: not known on this machine")
    return _checked(name, libc.syscall(ctypes.c_long(number), *map(_word, args)))


def function(name: str, *args: int | bytes | None) -> int:
    """Call a function of the C library that returns -1 on failure."""
    return _checked(name, getattr(libc, name)(*map(_word, args)))


def _word(value: int | bytes | None) -> object:
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def _checked(name: str, result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def no_new_privileges() -> None:
    """No program that this process could run gets more rights than it: Landlock and seccomp ask for this first."""
    function("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def stay_observable() -> None:
    """Own one's folder in /proc again: a change of user gives it to root."""
    function("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every right of root, also inside a user namespace of one's own."""
    call("capset", struct.pack("Ii", CAPABILITY_VERSION_3, 0), bytes(24))


def told_by_a_fork(say: Callable[[], bytes]) -> tuple[bytes, int]:
    """Return what a fork says of itself, and the status with which it ended."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.write(writer, say())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        return file.read(), os.waitpid(pid, 0)[1]


def threads() -> int:
    """Return how many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def clear_environment() -> None:
    """Empty the C library's environment and overwrite the strings that the process was started with."""
    posix.environ.clear()
    assert libc is not None
    libc.clearenv()
    with open("/proc/self/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[ENV_START]), int(fields[ENV_END])
    if start and end > start:
        ctypes.memset(start, 0, end - start)

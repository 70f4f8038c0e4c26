"""The filter of system calls: a list of what is allowed, as a program for the kernel's packet filter.

Knows the calls' arguments, not the memory that they point to: paths are the business of Landlock and of the mounts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from grader.box import kernel
from grader.box.syscalls import ALLOWED, HOSTILE, JUDGED, MACHINE, PRETENDED, REFUSED

Program = list[tuple[int, int, int, int]]

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
REFUSE, UNKNOWN, PRETEND = ERROR | errno.EPERM, ERROR | errno.ENOSYS, ERROR
INVALID = ERROR | errno.EINVAL
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000
SET_MODE_FILTER = 1
CLOCKS = ("clock_gettime", "clock_getres", "clock_nanosleep")
OTHERS_CLOCK = 0x80000000
OF_A_PROCESS = ("sched_getaffinity", "sched_getparam", "sched_getscheduler", "getpgid", "getsid")
"""Questions about a process by its number: only about oneself, or whoever asks learns who else is there."""

CLONE_THREAD, CLONE_NEW_ANYTHING = 0x00010000, 0x7E020000
AF_UNIX = 1
# Names of threads and memory areas, and questions: nothing that undoes the walls or the death signal.
PRCTL = (2, 3, 15, 16, 21, 23, 39, 42, 0x53564D41)
# Never an owner of signals (8, 15), their number (10), a lease or a bigger pipe.
FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1034)
# Typing into a terminal, and owners of signals.
IOCTL_REFUSED = (0x5412, 0x541C, 0x8901, 0x8902)


def program(pid: int) -> Program:
    """Return the filter for the process `pid`."""
    return [
        *_right_machine(),
        *(step for number in ALLOWED.values() for step in _when(number, ALLOW)),
        *(step for name in CLOCKS for step in _own_clock(name)),
        *_clone(),
        *_when(JUDGED["clone3"], UNKNOWN),  # its flags lie behind a pointer: the C library then takes clone
        *_by_argument("prctl", PRCTL, ALLOW, REFUSE),
        *_by_argument("fcntl", FCNTL, ALLOW, REFUSE),
        *_by_argument("ioctl", IOCTL_REFUSED, REFUSE, ALLOW),
        *_by_argument("socketpair", (AF_UNIX,), ALLOW, REFUSE),
        *_by_argument("prlimit64", (0, pid), ALLOW, REFUSE),
        *(step for name in OF_A_PROCESS for step in _by_argument(name, (0, pid), ALLOW, REFUSE)),
        *_by_argument("getpriority", (pid, 0), ALLOW, REFUSE),
        *_by_argument("kill", (pid,), ALLOW, KILL),
        *_by_argument("tgkill", (pid,), ALLOW, KILL),
        *(step for number in PRETENDED.values() for step in _when(number, PRETEND)),
        *(step for number in REFUSED.values() for step in _when(number, REFUSE)),
        *(step for number in HOSTILE.values() for step in _when(number, KILL)),
        (RETURN, 0, 0, UNKNOWN),
    ]


def _right_machine() -> Program:
    """Numbers mean something else in the other modes of the same processor."""
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, AUDIT_ARCH[MACHINE]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, KILL),
    ]


def _when(number: int, action: int) -> Program:
    return [(EQUAL, 0, 1, number), (RETURN, 0, 0, action)]


def _own_clock(name: str) -> Program:
    """A clock of the system or of this process; other processes' have numbers that are negative."""
    return [
        (EQUAL, 0, 4, JUDGED[name]),
        (LOAD, 0, 0, ARGUMENTS),
        (AT_LEAST, 0, 1, OTHERS_CLOCK),
        (RETURN, 0, 0, INVALID),
        (RETURN, 0, 0, ALLOW),
    ]


def _clone() -> Program:
    """A thread, never a process, never a namespace."""
    return [
        (EQUAL, 0, 6, JUDGED["clone"]),
        (LOAD, 0, 0, ARGUMENTS),
        (ANY_BIT, 0, 1, CLONE_NEW_ANYTHING),
        (RETURN, 0, 0, KILL),
        (ANY_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]


def _by_argument(name: str, values: tuple[int, ...], action: int, otherwise: int) -> Program:
    """Decide the call `name` by one argument (the low half of it: all of these are ints)."""
    place = 1 if name in ("fcntl", "ioctl", "getpriority") else 0
    tests = [step for value in values for step in _when(value, action)]
    return [
        (EQUAL, 0, len(tests) + 2, JUDGED[name]),
        (LOAD, 0, 0, ARGUMENTS + 8 * place),
        *tests,
        (RETURN, 0, 0, otherwise),
    ]


PLACEHOLDER = 0x7FFFFFFF
"""Stands for the process's own number in a program that is put together before there is a process."""


# Made once, when the module is imported: walls are raised again and again.
TEMPLATE = b"".join(struct.pack("HBBI", *step) for step in program(PLACEHOLDER)) if MACHINE in AUDIT_ARCH else b""


def install() -> None:
    """Filter the calls of this thread and of all that it starts, for good."""
    code = TEMPLATE.replace(struct.pack("I", PLACEHOLDER), struct.pack("I", os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    kernel.call("seccomp", SET_MODE_FILTER, 0, head)

"""Namespaces: an empty network, and mounts, message queues, host name and users of the box's own.

Root first becomes a user that nothing belongs to; an ordinary user stays who it is, without any rights.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket

from grader.box import kernel

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
ALL = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP

INSIDE = 65534
STRANGERS = 0x60000000
"""Numbers from here on belong to nobody; a box takes this plus its process number, so that no two are the same user."""
THREADS = 128
HOST = "box"


def become_stranger() -> None:
    """As root, become a user that owns nothing and that no other process has."""
    stranger = STRANGERS + os.getpid()
    os.setgroups([])
    os.setresgid(stranger, stranger, stranger)
    os.setresuid(stranger, stranger, stranger)
    kernel.stay_observable()


def enter() -> None:
    """Move this process into new namespaces; inside it is the user INSIDE.

    Raises:
        OSError: the system does not let this user have a user namespace.
    """
    user, group = os.geteuid(), os.getegid()
    kernel.function("unshare", ALL)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{INSIDE} {user} 1")
    _write("/proc/self/gid_map", f"{INSIDE} {group} 1")
    socket.sethostname(HOST)
    # Counted for each user in each user namespace, so from here on it is this box alone that is counted.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NPROC, (THREADS, THREADS))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)

"""Landlock: which files this process may open, whatever their modes say, and that it can signal only itself.

What Landlock does not cover (whether a file exists, modes, UDP) is left to other walls.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from grader.box import kernel

FLOOR = 6
"""The first version that keeps signals and abstract sockets inside."""
PATH_BENEATH = 1
GET_VERSION = 1

RIGHTS = (
    "execute write_file read_file read_dir remove_dir remove_file make_char make_dir make_reg make_sock make_fifo "
    "make_block make_sym refer truncate ioctl_dev"
).split()
RIGHTS_BY_VERSION = (0, 13, 14, 15, 15, 16)
TCP, SCOPES = 3, 3


def rights(names: str) -> int:
    """Return the mask of the rights named."""
    return sum(1 << RIGHTS.index(name) for name in names.split())


READ = rights("read_file read_dir")
WRITE = READ | rights("write_file remove_dir remove_file make_dir make_reg make_sym refer truncate")
FILES = READ | rights("write_file")
DEVICE = rights("read_file write_file ioctl_dev")
FILE_RIGHTS = rights("execute write_file read_file truncate ioctl_dev")


def version() -> int:
    """Return the kernel's version of Landlock, 0 where it has none."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, GET_VERSION)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, int]]) -> None:
    """Allow the rights of each (path, rights) on it and below, and nothing else, for good. Missing paths are left out.

    Raises:
        OSError: the kernel has no Landlock.
    """
    found = version()
    handled = (1 << RIGHTS_BY_VERSION[min(found, len(RIGHTS_BY_VERSION) - 1)]) - 1
    attributes = struct.pack("QQQ", handled, TCP, SCOPES)[: 24 if found >= 6 else 16 if found >= 4 else 8]
    ruleset = kernel.call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path, allowed in rules:
            _add(ruleset, path, allowed & handled)
        kernel.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _add(ruleset: int, path: str, allowed: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            allowed &= FILE_RIGHTS
        kernel.call("landlock_add_rule", ruleset, PATH_BENEATH, struct.pack("=Qi", allowed, fd), 0)
    finally:
        os.close(fd)

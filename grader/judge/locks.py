"""Locks between all processes of one user on one machine, by name. A process that ends lets go of what it held."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two runs at a time may disturb each other
    fcntl = None  # type: ignore[assignment]


def path(name: str) -> Path:
    """Return the file behind a lock, in a folder that nobody else can write."""
    return _folder() / (re.sub(r"[^\w-]", "_", name) + ".lock")


@functools.cache
def _folder() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else "me"
    folder = Path(tempfile.gettempdir()) / f"llm-exercises-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if folder.is_symlink() or (hasattr(os, "getuid") and (status.st_uid != user or status.st_mode & 0o022)):
        folder = Path(tempfile.mkdtemp(prefix="llm-exercises-"))  # made by somebody else: locks of this process's own
    return folder


@contextlib.contextmanager
def held(
    file: Path, shared: bool = False, waiting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
) -> Iterator[None]:
    """Wait for a lock, within `waiting`, and hold it, alone or with all who share it."""
    with open(file, "w") as handle:
        if fcntl is not None:
            with waiting():
                fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield

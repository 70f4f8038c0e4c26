"""A pipe whose other end is the coordinator's: while the warm process imports and cannot look at its line, the kernel
ends it as soon as that end is closed, however the coordinator ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import sys
from collections.abc import Iterator

PLACE = 2
"""Of the pipe's descriptor among the warm process's arguments."""


@contextlib.contextmanager
def mortal() -> Iterator[None]:
    """End this process, with nothing to tidy up, if the coordinator ends meanwhile."""
    line = int(sys.argv[PLACE])
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line, fcntl.F_SETFL, os.O_ASYNC)  # its end is told by a signal that nobody handles
    if select.select([line], [], [], 0)[0]:  # it had ended before
        os._exit(0)
    yield
    fcntl.fcntl(line, fcntl.F_SETFL, 0)

"""Watches the memory of a box where the system cannot bound it, and ends the box when it has too much.

An accelerator's driver reserves address space by the terabyte, so a limit on it is no use there; what counts is what is
resident.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from typing import Protocol

EVERY_MS = 20
CONTEXT_BYTES = 1 << 30
"""What a driver's context may take of the host's memory beside what the exercise may."""


class Watched(Protocol):
    """A box, as far as its memory goes."""

    overgrown: bool

    def own_bytes(self) -> int | None: ...


class MemoryWatch(threading.Thread):
    """Ends with its box."""

    def __init__(self, box: Watched, pidfd: int, most: int) -> None:
        super().__init__(daemon=True)
        self.box = box
        self.pidfd = os.dup(pidfd)  # the box's own is closed when it is taken away
        self.most = most

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        while not poll.poll(EVERY_MS):
            if (self.box.own_bytes() or 0) > self.most:
                self.box.overgrown = True
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                break
        os.close(self.pidfd)

"""Keys that are pressed while something else goes on."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import select
import sys
import threading
from collections.abc import Iterator

try:
    import termios
    import tty
except ImportError:  # Windows: there are no keys
    termios = None  # type: ignore[assignment]

CHUNK = 32
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.?|.?)", re.DOTALL)
"""What a terminal sends for Home, F2 or Alt+h; a part of it is no letter that was typed."""
REST_SECONDS = 0.05
"""The rest of a sequence may come a little later than its first byte."""

Events = queue.SimpleQueue[tuple[str, object]]


@contextlib.contextmanager
def keys(events: Events) -> Iterator[None]:
    """Put every key that is pressed into `events`; without a terminal, every character of standard input."""
    fd = sys.stdin.fileno()
    terminal = termios is not None and os.isatty(fd)
    before = termios.tcgetattr(fd) if terminal else None

    def read() -> None:
        with contextlib.suppress(OSError):  # the terminal is gone
            while data := os.read(fd, CHUNK):
                if (
                    terminal
                    and data.endswith((b"\x1b", b"\x1b[", b"\x1bO"))
                    and select.select([fd], [], [], REST_SECONDS)[0]
                ):
                    data += os.read(fd, CHUNK)
                for key in SEQUENCE.sub(b"", data).decode("ascii", "ignore"):
                    events.put(("key", key))
        events.put(("end", None))

    if terminal:
        tty.setcbreak(fd)
    threading.Thread(target=read, daemon=True).start()
    try:
        yield
    finally:
        if before is not None:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)

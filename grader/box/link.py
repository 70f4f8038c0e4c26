"""The line to the warm process: a request with file descriptors there, a reply with file descriptors back.

Imports no torch, so whoever only gives orders need not wait for it.
"""

from __future__ import annotations

import socket
from typing import Any

import msgspec

BUFFER = 1 << 20


class BoxNotMade(Exception):
    """No box could be made; the grader's own fault."""


class Link:
    """One end of a control socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def ask(self, request: dict[str, Any], fds: list[int] | None = None) -> tuple[Any, list[int]]:
        """Send one request with file descriptors; return the reply and its file descriptors."""
        try:
            socket.send_fds(self.sock, [msgspec.json.encode(request)], fds or [])
            data, received, _, _ = socket.recv_fds(self.sock, BUFFER, 4)
        except OSError as error:
            raise BoxNotMade("the warm process is gone") from error
        except BaseException:  # Ctrl-C: the reply that nobody took would be taken for the next one's
            self.close()
            raise
        if not data:
            raise BoxNotMade("the warm process is gone")
        reply = msgspec.json.decode(data)
        if "problem" in reply:
            raise BoxNotMade(reply["problem"])
        return reply, list(received)

    def close(self) -> None:
        self.sock.close()

"""Frames over a stream socket, with a deadline on the side that needs one."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

from grader.box.inside import wire

CHUNK = 1 << 20
BUFFERS_A_CALL = 64
LONGEST_WAIT = 86_400.0
"""select refuses more than the system can count."""


class Deadline(Exception):
    """The peer did not answer in time."""


class Closed(Exception):
    """The peer is gone."""


class Channel:
    """One end of a socket pair. `until` is a time.monotonic() value or None for ever."""

    def __init__(self, sock: socket.socket, blocking: bool) -> None:
        self.sock = sock
        self.grace: Callable[[], float] = lambda: 0.0
        """By how many seconds deadlines are moved; asked when one has come."""
        sock.setblocking(blocking)

    def send(self, frame: wire.Frame, until: float | None = None) -> None:
        views = [memoryview(part).cast("B") for part in frame.parts() if len(part)][::-1]  # the next one is the last
        while views:
            try:
                # With a deadline the socket is non-blocking: a peer that stops reading cannot hold us.
                sent = self._some(views)
            except BlockingIOError:
                self._wait([], [self.sock], until)
                continue
            except OSError as error:
                raise Closed from error
            while views and sent >= len(views[-1]):
                sent -= len(views.pop())
            if sent:
                views[-1] = views[-1][sent:]

    def receive(self, until: float | None = None) -> tuple[bytes, bytearray]:
        """Return the header and the payload of the next frame.

        Raises:
            wire.TooLarge: the announced sizes are over the limits; the channel cannot be used any more.
        """
        self.check(until)  # a peer that always has one frame more to say
        header_size, payload_size = wire.sizes(bytes(self._exactly(wire.PREFIX.size, until)))
        return bytes(self._exactly(header_size, until)), self._exactly(payload_size, until)

    def check(self, until: float | None) -> None:
        """Raise Deadline if it has come."""
        if until is not None and self._left(until) <= 0:
            raise Deadline

    def pending(self) -> bool:
        """Whether bytes wait to be read."""
        return bool(select.select([self.sock], [], [], 0)[0])

    def close(self) -> None:
        self.sock.close()

    def _exactly(self, size: int, until: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        done = 0
        while done < size:
            try:
                got = self.sock.recv_into(view[done : done + CHUNK])
            except BlockingIOError:
                self._wait([self.sock], [], until)
                continue
            except OSError as error:
                raise Closed from error
            if not got:
                raise Closed
            done += got
            if done < size and until is not None and self._left(until) <= 0:
                raise Deadline
        return data

    def _some(self, views: list[memoryview]) -> int:
        if hasattr(self.sock, "sendmsg"):
            return self.sock.sendmsg(views[: -BUFFERS_A_CALL - 1 : -1])
        return self.sock.send(views[-1])  # Windows has no sendmsg

    def _wait(self, reading: list[socket.socket], writing: list[socket.socket], until: float | None) -> None:
        if until is None:
            return
        left = min(self._left(until), LONGEST_WAIT)
        if left <= 0 or (not any(select.select(reading, writing, [], left)) and self._left(until) <= 0):
            raise Deadline

    def _left(self, until: float) -> float:
        left = until - time.monotonic()
        return left if left > 0 else left + self.grace()

"""What a coordinator asks of a judge, and what it hears back: typed messages on a socket between processes of ours.

Knows nothing of how an order is carried out.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, TypeVar

import msgspec

from grader.box.limits import BoxSettings
from grader.mistakes import Symptoms
from grader.outcomes import Named, TestResult

LENGTH = struct.Struct("<I")
T = TypeVar("T")


class Order(msgspec.Struct, frozen=True, tag=True):
    """Be the judge of one exercise."""

    root: str
    week: str
    exercise: str
    device: str = "cpu"
    hidden: bool = True
    """Whether to run the hidden suite beside the visible examples."""
    examples: bool = True


class Job(msgspec.Struct, frozen=True, tag=True):
    """Judge one submission."""

    files: dict[str, bytes]
    """The submission's modules of this week, by file name; the given modules are added by the judge."""
    settings: BoxSettings
    variant: tuple[bytes, dict[str, str]] | None = None
    tests: list[str] | None = None
    """Only these tests, by name or number; None means all."""
    independent: bool = False
    """Whether to run also the tests that stand after one that did not pass."""
    speed_lock: str = ""
    """A file to lock while a clock runs, so that speed tests never disturb each other."""
    sketch: bool = False
    """Whether to tell what the answers of a failed test look like."""
    symptoms: dict[str, Symptoms] | None = None
    """While a proof is made: how mistakes show; no other one is looked for."""
    secret: str = ""
    """What the random inputs depend on beside the test; a proof is made with several."""
    until_failure: bool = False
    """Whether the first test that fails says enough."""
    stop_at_loop: bool = False
    """Whether a function that was once in an endless loop is not called again: a learner need not wait for it."""


class Tested(msgspec.Struct, frozen=True, tag=True):
    """One test is judged."""

    result: TestResult


class Waiting(msgspec.Struct, frozen=True, tag=True):
    """The judge waits for another one's clock: it is alive."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """A job is done."""

    layers: dict[str, bool] = {}
    seconds: float = 0
    worn: bool = False
    """Whether somebody else should judge the next submission."""
    named: dict[str, Named] = {}
    """The known mistakes behind the failed tests, by key: which they are depends on all tests together."""
    explained: dict[str, list[str]] = {}
    """While a proof is made: all mistakes that give the answers to each failed test, by key."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The suite is collected; `broken` says why it could not be."""

    tests: list[str] = []
    broken: str = ""


def send(sock: socket.socket, message: Any) -> None:
    data = msgspec.msgpack.encode(message)
    sock.sendall(LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket, kind: type[T] | Any) -> Any:
    """Return the next message, None when the other end is gone."""
    head = _exactly(sock, LENGTH.size)
    body = head and _exactly(sock, LENGTH.unpack(head)[0])
    return None if body is None else msgspec.msgpack.decode(body, type=kind)


def _exactly(sock: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        try:
            part = sock.recv(size - len(data))
        except ConnectionError:
            return None
        if not part:
            return None
        data += part
    return bytes(data)

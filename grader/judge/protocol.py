"""What a judge is asked and what it answers: typed messages between processes of ours."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader.box.limits import BoxSettings
from grader.course.weeks import Exercise, Week
from grader.mistakes import Symptoms, Variant
from grader.outcomes import ExerciseResult, Named, TestResult

LENGTH = struct.Struct("<I")


class Suite(NamedTuple):
    """What a judge collects once: tasks with the same suite can share a judge."""

    root: Path
    week: str
    exercise: str
    device: str
    hidden: bool
    examples: bool
    edition: str


class Task(msgspec.Struct, frozen=True):
    """One submission of one exercise, to be judged."""

    week: Week
    exercise: Exercise
    files: dict[str, bytes]
    """The submission's modules of this week, by file name; the judge adds what the week gives."""
    device: str = "cpu"
    locked: bool = False
    hidden: bool = True
    """Whether to run the hidden suite, beside the visible examples."""
    examples: bool = True
    edition: str = ""
    """Tasks of another edition get another judge: who edits a suite while judges are kept says which text it is."""
    variant: Variant | None = None
    """For our own proofs: what replaces parts of the module."""
    tests: list[str] | None = None
    """Only these tests, by name or number; None means all."""
    independent: bool = False
    """Whether to run also the tests that stand after one that did not pass."""
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

    @property
    def suite(self) -> Suite:
        names = self.week.name, self.exercise.name
        return Suite(self.week.root, *names, self.device, self.hidden, self.examples, self.edition)

    @property
    def built_on(self) -> list[str]:
        """The week's other exercises whose files came along, for this one's import them."""
        return [one.name for one in self.week.exercises if one != self.exercise and f"{one.name}.py" in self.files]

    @property
    def settings(self) -> BoxSettings:
        """How the submission's boxes are made."""
        data = [str(self.week.root / "datasets" / name) for name in self.exercise.data]
        return BoxSettings(self.locked, self.exercise.memory_mb, device=self.device, readable=data)

    def result(self, broken: str = "") -> ExerciseResult:
        """Return a result without tests yet."""
        names = self.week.name, self.exercise.name
        return ExerciseResult(*names, device=self.device, broken=broken, built_on=self.built_on)


class Tested(msgspec.Struct, frozen=True, tag=True):
    """One test is judged."""

    result: TestResult


class Waiting(msgspec.Struct, frozen=True, tag=True):
    """The judge waits for another one's clock: it is alive."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """A task is done."""

    layers: dict[str, bool] = {}
    seconds: float = 0
    unfit: bool = False
    """Whether somebody else should judge the next submission."""
    named: dict[str, Named] = {}
    """The known mistakes behind the failed tests, by key: which they are depends on all tests together."""
    explained: dict[str, list[str]] = {}
    """While a proof is made: all mistakes that give the answers to each failed test, by key."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The suite is collected; `broken` says why it could not be."""

    broken: str = ""


def encode(message: Any) -> bytes:
    """Return a message as bytes; the only type that msgspec does not know is a path."""
    return msgspec.msgpack.encode(message, enc_hook=str)


Message = Tested | Waiting | Done
"""What a judge says about a task."""

# Made on import: msgspec looks through a type when it first decodes one, and two threads doing so at once crash Python.
DECODERS = {
    kind: msgspec.msgpack.Decoder(kind, dec_hook=lambda type_, value: type_(value))
    for kind in (Task, Ready, Message, ExerciseResult)
}


def decode(data: bytes, kind: Any) -> Any:
    return DECODERS[kind].decode(data)


def send(sock: socket.socket, message: Any) -> None:
    data = encode(message)
    sock.sendall(LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket, kind: Any) -> Any:
    """Return the next message, None when the other end is gone."""
    head = _exactly(sock, LENGTH.size)
    body = head and _exactly(sock, LENGTH.unpack(head)[0])
    return None if body is None else decode(body, kind)


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

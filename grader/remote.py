"""The `student` object: calls into a box, with handles for what stays there and a record of what was asked.

Only data crosses, by the wire. Nothing that a box sends is evaluated, imported or unpickled here.
Knows nothing of right or wrong.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable
from typing import Any

import msgspec
import torch

from grader.box.inside import wire
from grader.box.inside.channel import Closed, Deadline
from grader.box.launch import Box, Death
from grader.outcomes import Finding

PRINTED = 2_000
"""Characters of captured output that a report shows."""
MAX_NAME, MAX_TYPES, MAX_MESSAGE, MAX_TRACEBACK = 100, 8, 2_000, 4_000
"""What is kept of an error's report: a box keeps to the same sizes, but its word is not to be relied on."""
LENGTHS = {"value": 3, "error": 6, "callback": 5}
"""How many parts each kind of reply has."""
LOAD_SECONDS = 20
MAX_RECEIVED = 512 << 20
"""Bytes that a submission may send during one test, in however many answers and calls of the judge's functions."""
ENDING_SECONDS = 2.0
"""A box whose socket is closed is given so long to end by itself; one that goes on has closed it on purpose."""
CALLBACK_LIMIT = 100_000
SIGNALS = {
    9: "killed",
    11: "segfault",
    6: "abort",
    7: "bus",
    8: "fpe",
    4: "illegal",
    24: "cpu_time",
    25: "file_size",
    31: "refused_call",
}


class StudentFault(Exception):
    """The submission did something that is not an answer; `finding` says what."""

    def __init__(self, finding: Finding, traceback: str = "", types: tuple[str, ...] = (), fatal: bool = False) -> None:
        super().__init__(finding.key, finding.values)
        self.finding = finding
        self.traceback = traceback
        self.types = types
        """Names of the raised error's class and its bases; empty when nothing was raised."""
        self.fatal = fatal
        """Whether the box is gone."""


class Module(msgspec.Struct, frozen=True):
    """What a box loads: the module's name, the week's files by name, forbidden names, and for our own proofs a
    variant.
    """

    name: str
    files: dict[str, bytes]
    forbidden: list[str] = []
    variant: tuple[bytes, dict[str, str]] | None = None
    """Source laid over the module, and which of its public names come from it."""


@dataclasses.dataclass
class Recorded:
    """One call as it was made, for replay: the request's bytes are a copy that nobody can change afterwards."""

    target: tuple[Any, ...]
    header: bytes
    payload: bytearray
    callbacks: dict[int, Callable[..., Any]]
    outcome: Any = None
    fault: StudentFault | None = None

    def decode(self, resolve: Callable[[wire.Reference], Any]) -> tuple[Any, Any, Any]:
        """Return target, arguments and keyword arguments anew."""
        _, _, target, args, kwargs, _ = wire.decode(self.header, bytearray(self.payload), resolve)
        return target, args, kwargs


class Session:
    """A conversation with the boxes of one submission; a box that dies is replaced before the next call."""

    def __init__(self, open_box: Callable[[], Box], module: Module, accelerator: str | None = None) -> None:
        self._open_box = open_box
        self.module = module
        self.accelerator = accelerator
        self.box: Box | None = None
        self.layers: dict[str, bool] = {}
        self.until = float("inf")
        self.recorded: list[Recorded] | None = None
        self._load_fault: StudentFault | None = None
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._forget: list[int] = []
        self._printed = ""
        self._received = 0

    def call(self, target: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something in the box.

        Raises:
            StudentFault: an error, a death, a time-out or nonsense.
        """
        self.ready()
        nonce = secrets.token_hex(8)  # only the answer to this question can know it
        frame = wire.encode((nonce, "call", target, args, kwargs, self._take_forgotten()), self._refer)
        if self.recorded is None:
            self._received = 0
            return self._ask(nonce, frame, self.until)
        record = Recorded(target, frame.header, frame.payload(), self._callbacks)
        self.recorded.append(record)
        try:
            record.outcome = self._ask(nonce, frame, self.until)
        except StudentFault as fault:
            record.fault = fault
            raise
        return record.outcome

    def begin(self, until: float) -> None:
        """Begin a test: its clock, its record of calls, its callbacks (one that a constructor keeps lives as long)."""
        self.until = until
        self.recorded = []
        self._callbacks = {}
        self._received = 0

    def ready(self) -> Box:
        """Have a box with the module loaded."""
        if self._load_fault:
            raise self._load_fault.with_traceback(None)  # or it would grow with every test
        if self.box is None:
            begun = time.monotonic()
            self.box = self._open_box()
            self.until += time.monotonic() - begun  # making a box is our work: it costs the student no time
            self.layers = self.box.layers
            module, nonce = self.module, secrets.token_hex(8)
            load = wire.encode((nonce, "load", module.name, module.files, module.forbidden, module.variant))
            try:
                self._ask(nonce, load, time.monotonic() + LOAD_SECONDS)
            except StudentFault as fault:
                self._load_fault = StudentFault(_at_load(fault), fault.traceback, fault.types, fault.fatal)
                raise self._load_fault from None
        return self.box

    def close(self) -> None:
        """End the box; the next call gets a fresh one."""
        if self.box is not None:
            self._keep_printed()
            self.box.kill()
            self.box = None

    def lost(self) -> StudentFault | None:
        """Return how the box ended if it has done so since its last answer, which nobody had asked for."""
        assert self.box is not None
        return self._gone(None) if self.box.process.ended(0) else None

    def take_printed(self) -> str:
        """Return what the submission printed since the last time, cut at PRINTED characters."""
        self._keep_printed()
        text, self._printed = self._printed, ""
        return text

    def forget(self, number: int) -> None:
        """Tell the box with the next call that an object is not needed any more."""
        self._forget.append(number)

    def _keep_printed(self) -> None:
        if self.box is not None and self.box.death is None:
            text, size = self.box.printed(4 * PRINTED)
            if size:
                self.box.forget_printed()
                cut = text[:PRINTED]
                self._printed += cut if size <= len(cut.encode()) else f"{cut}\n[… {size:,} bytes]"

    def _ask(self, nonce: str, frame: wire.Frame, until: float) -> Any:
        box = self.box
        assert box is not None
        try:
            if box.channel.pending():  # an answer before its question
                raise wire.BadFrame("early")
            box.send(frame, until)
            return self._listen(box, nonce, until)
        except Deadline:
            raise self._gone(Finding("timeout")) from None
        except Closed:
            raise self._gone(None if box.process.ended(ENDING_SECONDS) else Finding("nonsense")) from None
        except wire.BadFrame:
            raise self._gone(Finding("nonsense")) from None
        except wire.TooLarge:
            raise self._gone(Finding("too_large")) from None

    def _take_forgotten(self) -> list[int]:
        numbers, self._forget = self._forget, []
        return numbers

    def _listen(self, box: Box, nonce: str, until: float) -> Any:
        for _ in range(CALLBACK_LIMIT):
            header, payload = box.receive(until)
            self._received += len(header) + len(payload)
            if self._received > MAX_RECEIVED:
                raise wire.TooLarge
            reply = wire.decode(header, payload, self._resolve, self.accelerator)
            if type(reply) is not tuple or len(reply) < 3 or reply[0] != nonce or type(reply[1]) is not str:
                raise wire.BadFrame("reply")
            if LENGTHS.get(reply[1]) != len(reply):
                raise wire.BadFrame("reply")
            if reply[1] == "value":
                return reply[2]
            if reply[1] == "error":
                raise _fault(*reply[2:])
            box.send(self._run_callback(nonce, *reply[2:]), until)
        raise wire.TooLarge

    def _run_callback(self, nonce: str, number: Any, args: Any, kwargs: Any) -> wire.Frame:
        function = self._callbacks.get(number)
        if function is None or type(args) is not tuple or type(kwargs) is not dict:
            raise wire.BadFrame("callback")
        try:
            return wire.encode((nonce, "value", function(*args, **kwargs)), self._refer)
        except (AssertionError, StudentFault):
            self.close()
            raise
        except Exception as error:  # noqa: BLE001 - the student called it wrongly: they see it as an error of the function
            return wire.encode((nonce, "error", f"{type(error).__name__}: {error}"))

    def _refer(self, value: Any) -> wire.Reference:
        if isinstance(value, RemoteObject):
            return wire.Reference("handle", value._number, value._type_name)
        if isinstance(value, RemoteFunction):
            kind, *path = value._target
            if kind == "method":
                return wire.Reference("method", path[0], path[1])
            if kind != "name":
                raise wire.Unsendable("not_data", "a function of a given module")
            return wire.Reference("function", 0, path[0])
        if callable(value):
            number = len(self._callbacks) + 1
            self._callbacks[number] = value
            return wire.Reference("callback", number, "function")
        raise wire.Unsendable("not_data", type(value).__name__)

    def _resolve(self, reference: wire.Reference) -> Any:
        if reference.kind == "handle":
            return RemoteObject(self, reference.number, reference.type_name)
        raise wire.BadFrame("reference")

    def _gone(self, finding: Finding | None) -> StudentFault:
        """Take the dead or unusable box away; name the cause."""
        assert self.box is not None
        self._keep_printed()
        death = self.box.kill()
        if self.box.overgrown:
            finding = Finding("memory")
        self.box = None
        return StudentFault(finding or _death(death), fatal=True)


def _death(death: Death) -> Finding:
    if death.signal:
        return Finding(f"died_{SIGNALS.get(death.signal, 'signal')}", {"number": str(death.signal)})
    return Finding("exited", {"code": str(death.code)})


def _fault(kind: Any, types: Any, message: Any, traceback: Any) -> StudentFault:
    """Turn a box's report of an error into a fault; the report itself is only text."""
    if not all(isinstance(item, str) for item in (kind, message, traceback)) or type(types) is not list:
        raise wire.BadFrame("error")
    names = tuple(str(name)[:MAX_NAME] for name in types[:MAX_TYPES]) or ("Exception",)
    message, traceback = message[:MAX_MESSAGE], traceback[:MAX_TRACEBACK]
    first, *rest = (message.split("\n") + ["", ""])[:3]
    values = {"type": names[0], "message": message, "name": first, "file": rest[0], "line": rest[1], "kind": rest[0]}
    if kind == "raised":
        return StudentFault(Finding(_raised_key(names, message), values), traceback, names)
    if kind == "unsendable":
        key = first if first in ("tensor_subclass", "odd_tensor", "odd_array") else "not_data"
        return StudentFault(Finding(key, {"name": rest[0]}), traceback)
    if kind == "forbidden":
        return StudentFault(Finding("forbidden_line" if rest[0] else "forbidden", values), traceback)
    if kind in ("missing_name", "missing_module", "too_large"):
        return StudentFault(Finding(kind, values), traceback)
    raise wire.BadFrame("error kind")


def _raised_key(names: tuple[str, ...], message: str) -> str:
    if "NotImplementedError" in names:
        return "not_written"
    if "RecursionError" in names:
        return "recursion"
    if "MemoryError" in names or ("RuntimeError" in names and "allocate memory" in message):
        return "memory"
    if "SystemExit" in names or "KeyboardInterrupt" in names:
        return "exit_call"
    return "refused" if "PermissionError" in names else "raised"


def _at_load(fault: StudentFault) -> Finding:
    """The finding of a module that could not be loaded."""
    said = fault.finding.values.get("message", "")
    undecodable = "UnicodeDecodeError" in fault.types or "encoding declaration" in said
    if undecodable and "  File " not in fault.traceback:
        return Finding("not_utf8")
    if fault.fatal or fault.finding.key in (
        "forbidden",
        "forbidden_line",
        "missing_module",
        "memory",
        "recursion",
        "exit_call",
    ):
        return Finding("not_loaded", dict(fault.finding.values)) if fault.finding.key == "raised" else fault.finding
    for name, key in (("SyntaxError", "syntax"), ("ImportError", "import_error")):
        if name in fault.types:
            return Finding(key, fault.finding.values)
    return Finding("not_loaded", fault.finding.values)


class RemoteFunction:
    """A callable of the box: a public function, a class, or a method of a handle, which it keeps alive."""

    def __init__(self, session: Session, target: tuple[Any, ...], owner: object = None) -> None:
        self._session = session
        self._target = target
        self._owner = owner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self._target, args, kwargs)


class RemoteObject:
    """A handle to an object that stays in the box."""

    def __init__(self, session: Session, number: int, type_name: str) -> None:
        self._session = session
        self._number = number
        self._type_name = type_name
        self._box = session.box

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(("handle", self._number), args, kwargs)

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._session, ("method", self._number, name), self)

    def __len__(self) -> int:
        return int(self._session.call(("method", self._number, "__len__"), (), {}))

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        return self._session.call(("method", self._number, "__getitem__"), (key,), {})

    def __repr__(self) -> str:
        return f"<{self._type_name} in the student's process>"

    def __del__(self) -> None:
        if self._session.box is self._box:
            self._session.forget(self._number)


class RemoteNamespace:
    """A given module inside the box."""

    def __init__(self, session: Session, module: str) -> None:
        self._session = session
        self._module = module

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._session, ("given", self._module, name))


class Student:
    """The student's module, as a suite sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return RemoteFunction(self._session, ("name", name))

    def given(self, module: str) -> RemoteNamespace:
        """Return a given module of the week, inside the student's process."""
        return RemoteNamespace(self._session, module)


class Local:
    """A module of ours in this process, with the same face as `Student`."""

    def __init__(self, module: Any, given: Callable[[str], Any]) -> None:
        self._module = module
        self._given = given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._module, name)

    def given(self, module: str) -> Any:
        return self._given(module)


def probe(name: str, subject: Any, *args: Any) -> Any:
    """Run the probe `name` where `subject` is: in its box, or here."""
    if isinstance(subject, RemoteFunction | RemoteObject):
        return subject._session.call(("probe", name), (subject, *args), {})
    from grader.box.inside.probes import PROBES

    return PROBES[name](subject, *args)


def copied(value: Any) -> Any:
    """Return a copy of data whose tensors share nothing with it (gradients and history are dropped)."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return type(value)(copied(item) for item in value)
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return value

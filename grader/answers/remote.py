"""The `student` object: calls into a box, with handles for what stays there and a record of what was asked.

Only data crosses, by the wire. Nothing that a box sends is evaluated, imported or unpickled here.
"""

from __future__ import annotations

import dataclasses
import math
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from grader.answers.budget import Budget
from grader.answers.faults import StudentFault, at_load, of_death, of_report
from grader.box.inside import wire
from grader.box.inside.channel import Closed, Deadline
from grader.box.launch import Box
from grader.mistakes import Variant
from grader.outcomes import Finding

PRINTED = 2_000
"""Characters of captured output that a report shows."""
LENGTHS = {"value": 3, "error": 6, "callback": 5}
"""How many parts each kind of reply has."""
LOAD_SECONDS = 20
MAX_RECEIVED = 512 << 20
"""Bytes that a submission may send during one test, in however many answers and calls of the judge's functions."""
ENDING_SECONDS = 2.0
"""How long a box whose socket closed may take to end; one that is still alive then has closed it on purpose."""
CALLBACK_LIMIT = 100_000
MOST_ASKED = 1_000
STARVED = 3.0
"""A limit is moved by the time in which a box was ready and got no core, up to so many times the limit itself."""
BUSY = 0.5
"""A box that spent this share of its limit on a core was not waiting for the machine."""


class Module(msgspec.Struct, frozen=True):
    """What a box loads: the module's name, the week's files by name, forbidden names, and for our own proofs a
    variant.
    """

    name: str
    files: dict[str, bytes]
    forbidden: list[str] = []
    given: list[str] = []
    """Files of ours, which may use what is forbidden."""
    kept: list[str] = []
    """Which of them the judge asks for by name, so that the box keeps them as they are."""
    variant: Variant | None = None


@dataclasses.dataclass
class Recorded:
    """One call as it was made, for replay: the request's bytes are a copy that nobody can change afterwards."""

    target: tuple[Any, ...]
    header: bytes
    payload: bytearray
    callbacks: dict[int, Callable[..., Any]]
    outcome: Any = None
    fault: StudentFault | None = None
    asked: list[tuple[int, Any, Any]] = dataclasses.field(default_factory=list)
    """Which callbacks it called with what, the first MOST_ASKED times."""
    of: str = ""
    """The public function or class that was called, also by way of a probe or of an object."""

    def decode(self, resolve: Callable[[wire.Reference], Any]) -> tuple[Any, Any, Any]:
        """Return target, arguments and keyword arguments anew."""
        _, _, target, args, kwargs, *_ = wire.decode(self.header, bytearray(self.payload), resolve)
        return target, args, kwargs


class Limit(NamedTuple):
    """When an answer must be there, on the clock of time.monotonic(), and how many seconds it was given."""

    until: float
    seconds: float

    def later(self, seconds: float) -> Limit:
        return self._replace(until=self.until + seconds)


class Session:
    """A conversation with the boxes of one submission; a box that dies is replaced before the next call."""

    def __init__(
        self,
        open_box: Callable[[], Box],
        module: Module,
        accelerator: str | None = None,
        budget: Budget | None = None,
        seed: Callable[[], int] = lambda: secrets.randbits(60),
    ) -> None:
        self._open_box = open_box
        self.module = module
        self.accelerator = accelerator
        self.budget = budget or Budget(math.inf)
        self._seed = seed
        """Gives a new seed for the global generators of a box."""
        self._seeded = False
        """Whether the box has got one in this test."""
        self.waited = False
        """Whether the last time-out may be the machine's doing: the box did not use its time."""
        self._asked = ""
        """The function that is being called."""
        self._types: dict[int, str] = {}
        """The class of every handle, as its box calls it."""
        self.box: Box | None = None
        self.layers: dict[str, bool] = {}
        self.limit = Limit(float("inf"), float("inf"))
        self.recorded: list[Recorded] | None = None
        self._starved_before = 0.0
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._forget: list[int] = []
        self._printed = ""
        self._received = 0

    def call(self, target: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something in the box.

        Raises:
            StudentFault: an error, a death, a time-out or nonsense.
        """
        self._asked = self._name_of(target, args)
        self.budget.check_call(self._asked)
        self.ready()
        nonce = secrets.token_hex(8)  # only the answer to this question can know it
        try:
            request = (nonce, "call", target, args, kwargs, self._take_forgotten(), self._take_seed())
            frame = wire.encode(request, self._refer)
        except wire.TooLarge:  # what is too large came from the box before
            raise self._gone(Finding("too_large")) from None
        if self.recorded is None:
            self._received = 0
            return self._ask(nonce, frame, self.limit)
        record = Recorded(target, frame.header, frame.payload(), self._callbacks, of=self._asked.partition(".")[0])
        self.recorded.append(record)
        try:
            record.outcome = self._ask(nonce, frame, self.limit)
        except StudentFault as fault:
            record.fault = fault
            raise
        return record.outcome

    def allow(self, seconds: float) -> None:
        """Let the next calls take so long together."""
        self.limit = Limit(time.monotonic() + seconds, seconds)
        self._starved_before = self.box.starved_seconds() if self.box else 0.0

    def begin(self, seconds: float) -> None:
        """Begin a test: its clock, its record of calls, its callbacks (one that a constructor keeps lives as long)."""
        self.allow(seconds)
        self.waited = False
        self.recorded = []
        self._callbacks = {}
        self._received = 0
        self._seeded = False

    def ready(self) -> Box:
        """Have a box with the module loaded."""
        self.budget.check()
        if self.box is None:
            self.budget.check_load()
            begun = time.monotonic()
            self._begin_box()
            # Neither making a box nor loading their module is what a test asks: both have limits of their own.
            self.limit = self.limit.later(time.monotonic() - begun)
            self._starved_before = self.box.starved_seconds() if self.box else 0.0
        assert self.box is not None
        return self.box

    def _begin_box(self) -> None:
        self.box = self._open_box()
        self.box.channel.grace = self._grace
        self._seeded = False
        self.layers = self.box.layers
        self._starved_before = self.box.starved_seconds()
        module, nonce, begun = self.module, secrets.token_hex(8), time.monotonic()
        rules = (module.forbidden, module.given, module.kept)
        variant = module.variant and (module.variant.source, module.variant.names)
        load = wire.encode((nonce, "load", module.name, module.files, *rules, variant, self._seed()))
        try:
            self._ask(nonce, load, Limit(begun + LOAD_SECONDS, LOAD_SECONDS))
        except StudentFault as fault:
            self.budget.load_fault = StudentFault(at_load(fault), fault.traceback, fatal=fault.fatal)
            raise self.budget.load_fault from None
        starved = self.box.starved_seconds() - self._starved_before
        self.budget.loaded(time.monotonic() - begun - starved)

    def _grace(self) -> float:
        """Return by how much the present limit is moved: the machine was busy with something else."""
        starved = self.box.starved_seconds() - self._starved_before if self.box else 0.0
        return min(starved, STARVED * self.limit.seconds)

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

    def _ask(self, nonce: str, frame: wire.Frame, limit: Limit) -> Any:
        box = self.box
        assert box is not None
        begun, cpu = time.monotonic(), box.cpu_seconds()
        try:
            if box.channel.pending():  # an answer before its question
                raise wire.BadFrame("early")
            box.channel.send(frame, limit.until)
            return self._listen(box, nonce, limit.until)
        except Deadline:
            raise self._late(box, limit, cpu) from None
        except Closed:
            raise self._gone(None if box.process.ended(ENDING_SECONDS) else Finding("nonsense")) from None
        except wire.BadFrame:
            raise self._gone(Finding("nonsense")) from None
        except wire.TooLarge:
            raise self._gone(Finding("too_large")) from None
        finally:
            self.budget.left -= time.monotonic() - begun

    def _late(self, box: Box, limit: Limit, cpu: float | None) -> StudentFault:
        """Take a box that did not answer in time away; say where it was."""
        now = box.cpu_seconds()
        self.waited = cpu is None or now is None or now - cpu < BUSY * limit.seconds
        values = {"seconds": f"{limit.seconds:g}"}
        if place := box.whereabouts(self.module.files):
            values |= {"file": place[0], "line": str(place[1])}
            if not self.waited:
                self.budget.endless[self._asked] = values
            return self._gone(Finding("timeout_at" if self.waited else "endless_loop", values))
        return self._gone(Finding("timeout", values))

    def _take_forgotten(self) -> list[int]:
        numbers, self._forget = self._forget, []
        return numbers

    def _take_seed(self) -> int | None:
        """Return a seed for the first call that a test asks of a box: what it draws depends on no earlier test."""
        already, self._seeded = self._seeded, True
        return None if already else self._seed()

    def _listen(self, box: Box, nonce: str, until: float) -> Any:
        for _ in range(CALLBACK_LIMIT):
            header, payload = box.channel.receive(until)
            self._received += len(header) + len(payload)
            if self._received > MAX_RECEIVED:
                raise wire.TooLarge
            reply = wire.decode(header, payload, self._resolve, self.accelerator)
            box.channel.check(until)  # what takes long to read has taken its time from the test
            if type(reply) is not tuple or len(reply) < 3 or not type(reply[0]) is type(reply[1]) is str:
                raise wire.BadFrame("reply")
            if reply[0] != nonce:
                raise wire.BadFrame("nonce")
            if LENGTHS.get(reply[1]) != len(reply):
                raise wire.BadFrame("reply")
            if reply[1] == "value":
                return reply[2]
            if reply[1] == "error":
                raise of_report(*reply[2:])
            box.channel.send(self._run_callback(nonce, *reply[2:]), until)
        raise wire.TooLarge

    def _run_callback(self, nonce: str, number: Any, args: Any, kwargs: Any) -> wire.Frame:
        function = self._callbacks.get(number)
        if function is None or type(args) is not tuple or type(kwargs) is not dict:
            raise wire.BadFrame("callback")
        if self.recorded and len(self.recorded[-1].asked) < MOST_ASKED:
            self.recorded[-1].asked.append((number, args, kwargs))
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
            self._types[reference.number] = reference.type_name
            return RemoteObject(self, reference.number, reference.type_name)
        raise wire.BadFrame("reference")

    def _name_of(self, target: tuple[Any, ...], args: tuple[Any, ...]) -> str:
        """Return which function of the submission a call asks for: of an object, its class and method."""
        if target[0] == "probe" and args and isinstance(args[0], RemoteFunction | RemoteObject):
            subject = args[0]
            target = subject._target if isinstance(subject, RemoteFunction) else ("handle", subject._number)
        owner = self._types.get(target[1], "") if target[0] in ("handle", "method") else ""
        return ".".join(filter(None, (owner, *([] if target[0] == "handle" else [str(target[-1])]))))

    def _gone(self, finding: Finding | None) -> StudentFault:
        """Take the dead or unusable box away; name the cause."""
        assert self.box is not None
        self._keep_printed()
        death = self.box.kill()
        if self.box.overgrown:
            finding = Finding("memory")
        self.box = None
        return StudentFault(finding or of_death(death), fatal=True)


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
        length = self._session.call(("method", self._number, "__len__"), (), {})
        if type(length) is not int or not 0 <= length <= sys.maxsize:
            raise StudentFault(Finding("bad_length"))
        return length

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        return self._session.call(("method", self._number, "__getitem__"), (key,), {})

    def __repr__(self) -> str:
        return f"<{self._type_name} in the student's process>"

    def __del__(self) -> None:
        if self._session.box is self._box:
            self._session.forget(self._number)

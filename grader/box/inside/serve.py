"""The loop inside the box: load a module, answer calls.

Everything from `load` on is untrusted: student code may rewrite any of it. Only the bytes on the socket and the
clock outside count. A request is (nonce, operation, ...); a reply is (nonce, "value" | "error" | "callback", ...).
"""

from __future__ import annotations

import collections
import contextlib
import faulthandler
import importlib
import itertools
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

from grader.box.inside import generators, loader, probes, wire
from grader.box.inside.channel import Channel, Closed
from grader.box.inside.closed import ClosedSource, close
from grader.box.inside.forbidden import ForbiddenShortcut, forbid

WHERE = getattr(signal, "SIGUSR2", None)
"""Has a box print the stacks of its threads, as long as the student's code lets it."""
MAX_MESSAGE = 2_000
MAX_TRACEBACK = 4_000
MAX_FRAMES = 8
MAX_TYPES = 8


class Targets:
    """What a request may name: functions of the module, given ones, probes, objects by number and their methods."""

    module: Any
    objects: dict[int, Any]
    probes: dict[str, Callable[..., Any]]
    given_function: Callable[[str, str], Any]
    """Returns a name of a given module."""
    callback: Callable[[int], Callable[..., Any]]
    """Returns what stands for a function of the judge's."""

    def find(self, target: Any) -> Callable[..., Any]:
        kind, *path = target
        if kind == "name":
            return self.public(path[0])  # type: ignore[no-any-return]
        if kind == "given":
            return self.given_function(*path)  # type: ignore[no-any-return]
        if kind == "probe":
            return self.probes[path[0]]
        owner = self.objects[path[0]]
        return owner if kind == "handle" else getattr(owner, path[1])  # type: ignore[no-any-return]

    def resolve(self, reference: wire.Reference) -> Any:
        if reference.kind == "handle":
            return self.objects[reference.number]
        if reference.kind == "method":
            return getattr(self.objects[reference.number], reference.type_name)
        if reference.kind == "function":
            return getattr(self.module, reference.type_name, _missing(reference.type_name))
        return self.callback(reference.number)

    def public(self, name: str) -> Any:
        if not hasattr(self.module, name):
            raise MissingName(name)
        return getattr(self.module, name)


class Server(Targets):
    """Answers the judge's requests about one module."""

    def __init__(self, channel: Channel, accelerator: str | None) -> None:
        self.channel = channel
        self.accelerator = accelerator
        self.module: types.ModuleType | None = None
        self.own_files: set[str] = set()
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.handles: collections.Counter[int] = collections.Counter()
        self.unused = itertools.count(1)
        self.nonce: Any = None
        self.given: dict[str, dict[str, Any]] = {}
        """The names of the given modules, with functions that no rebinding of the modules' names reaches."""
        self.probes = dict(probes.PROBES)

    def run(self) -> None:
        """Serve until the judge closes the socket."""
        if WHERE is not None and threading.current_thread() is threading.main_thread():
            faulthandler.register(WHERE, file=2)
        while True:
            try:
                header, payload = self.channel.receive()
            except Closed:
                return
            self.answer(header, payload)

    def answer(self, header: bytes, payload: bytearray) -> None:
        try:
            self.nonce, operation, *rest = wire.decode(header, payload, self.resolve, self.accelerator)
            value = getattr(self, f"do_{operation}")(*rest)
            reply = wire.encode((self.nonce, "value", value), self.refer)
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are answers of the student's too
            reply = wire.encode((self.nonce, "error", *self.describe(error)))
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        self.channel.send(reply)

    def do_load(
        self,
        name: str,
        files: dict[str, bytes],
        forbidden: list[str],
        given: list[str],
        kept: list[str],
        variant: Any,
        seed: int,
    ) -> None:
        generators.seed_all(seed, self.accelerator)
        self.own_files = set(files)
        own = [file for file in files if file not in given]
        loader.offer(name, files, dict.fromkeys(own, forbidden))
        self.keep_given(kept)
        if forbidden:
            self.close(own, forbid(forbidden, own))
        self.module = importlib.import_module(name)
        if variant is not None:
            loader.overlay(self.module, files[f"{name}.py"], *variant)

    def close(self, own: list[str], loaded: set[str]) -> None:
        """Close the ways to a second copy of what is forbidden."""
        close(own, loaded)

    def keep_given(self, kept: list[str]) -> None:
        """Put given functions aside as they are before any student code has run."""
        for name in kept:
            with contextlib.suppress(Exception):  # whoever asks for it will be told
                module = importlib.import_module(name)
                self.given[module.__name__] = _own_copy(vars(module))

    def do_call(
        self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any], forget: list[int], seed: int | None
    ) -> Any:
        for number in forget:
            self.forget(number)
        if seed is not None:
            generators.seed_all(seed, self.accelerator)
        return self.find(target)(*args, **kwargs)

    def forget(self, number: int) -> None:
        """Let one handle go; the object goes with the last."""
        self.handles[number] -= 1
        if self.handles[number] <= 0:
            del self.handles[number]
            self.numbers.pop(id(self.objects.pop(number, None)), None)

    def given_function(self, module: str, name: str) -> Any:
        kept = self.given.get(module, {})
        return kept[name] if name in kept else getattr(importlib.import_module(module), name)

    def refer(self, value: Any) -> wire.Reference:
        """Keep an object under a number; the judge holds one handle more on it from now on."""
        number = self.numbers.get(id(value))
        if number is None:
            number = next(self.unused)
            self.objects[number] = value
            self.numbers[id(value)] = number
        self.handles[number] += 1
        return wire.Reference("handle", number, type(value).__name__[:100])

    def callback(self, number: int) -> Callable[..., Any]:
        def function_of_the_judge(*args: Any, **kwargs: Any) -> Any:
            self.channel.send(wire.encode((self.nonce, "callback", number, args, kwargs), self.refer))
            nonce, kind, value = wire.decode(*self.channel.receive(), self.resolve, self.accelerator)
            if kind != "value":
                raise RuntimeError(value)
            return value

        return function_of_the_judge

    def describe(self, error: BaseException) -> tuple[str, list[str], str, str]:
        """Return (kind, type names from the error's own to its bases, message, the student's part of the traceback)."""
        names = [base.__name__[:100] for base in type(error).__mro__[:MAX_TYPES]]
        return KINDS.get(type(error), "raised"), names, _message(error), self.own_traceback(error)

    def own_traceback(self, error: BaseException) -> str:
        if isinstance(error, SyntaxError):
            return "".join(traceback.format_exception_only(error))[:MAX_TRACEBACK]
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in self.own_files]
        if not frames:
            return ""
        shown = frames if len(frames) <= MAX_FRAMES else [*frames[: MAX_FRAMES // 2], *frames[-MAX_FRAMES // 2 :]]
        return "".join(traceback.format_list(shown))[:MAX_TRACEBACK]


def _own_copy(names: dict[str, Any]) -> dict[str, Any]:
    """Return a module's names, its functions made anew so that they look names up among these."""
    copy = dict(names)
    for name, value in names.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is names:
            again = types.FunctionType(value.__code__, copy, value.__name__, value.__defaults__, value.__closure__)
            again.__kwdefaults__ = value.__kwdefaults__
            copy[name] = again
    return copy


class MissingName(Exception):
    """The student's module has no such public name."""


def _missing(name: str) -> Callable[..., Any]:
    """Stand in for a function that is not there until it is called."""

    def raise_missing(*args: Any, **kwargs: Any) -> Any:
        raise MissingName(name)

    return raise_missing


def _message(error: BaseException) -> str:
    if isinstance(error, ForbiddenShortcut | wire.Unsendable):
        return "\n".join(str(item) for item in error.args)[:MAX_MESSAGE]
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:  # noqa: BLE001 - a hostile __str__
        return ""


KINDS: dict[type[BaseException], str] = {
    MissingName: "missing_name",
    ForbiddenShortcut: "forbidden",
    ClosedSource: "closed_source",
    loader.MissingModule: "missing_module",
    wire.Unsendable: "unsendable",
    wire.TooLarge: "too_large",
}
"""Our own errors; any other one was raised by the student's code."""

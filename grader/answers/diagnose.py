"""Which known mistake gives the student's own wrong answers?

Replays the calls of a failed test against every mistake. Knows nothing of verdicts: help comes after the verdict
and never changes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from grader.answers.compare import same
from grader.answers.remote import Recorded, RemoteObject
from grader.box.inside import wire
from grader.box.inside.probes import PROBES
from grader.mistakes import Mistake

MAX_SECONDS = 20.0
"""So long may replaying take for one submission of an exercise: a report without help beats a late one."""

Given = Callable[[str], Any]


def find(
    recorded: list[Recorded],
    solution: Any,
    variants: list[tuple[Mistake, Any]],
    given: Given,
    seconds: float = MAX_SECONDS,
) -> Mistake | None:
    """Return the mistake that explains every answer of the student's, if exactly one does and the answers are wrong."""
    if not recorded or any(call.fault and call.fault.fatal for call in recorded) or explains(recorded, solution, given):
        return None
    until = time.monotonic() + seconds
    found = None
    for mistake, variant in variants:
        if time.monotonic() > until:
            return None
        if not mistake.only and explains(recorded, variant, given):
            if found:
                return None
            found = mistake
    return found


def explains(recorded: list[Recorded], module: Any, given: Given) -> bool:
    """Whether `module` gives the student's answer to every call."""
    replay = _Replay(module, given)
    return all(replay.agrees(call) for call in recorded)


class _Replay:
    """One pass over the recorded calls, with local objects in the place of handles."""

    def __init__(self, module: Any, given: Given) -> None:
        self.module = module
        self.given = given
        self.objects: dict[int, Any] = {}

    def agrees(self, call: Recorded) -> bool:
        try:
            target, args, kwargs = self.decode(call)
            answer = self.find(target)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - an error is an answer too
            return call.fault is not None and call.fault.types[:1] == (type(error).__name__,)
        return call.fault is None and self.matches(call.outcome, answer)

    def decode(self, call: Recorded) -> Any:
        def resolve(reference: wire.Reference) -> Any:
            if reference.kind == "handle":
                return self.objects[reference.number]
            if reference.kind == "method":
                return getattr(self.objects[reference.number], reference.type_name)
            if reference.kind == "function":
                return getattr(self.module, reference.type_name)
            return call.callbacks[reference.number]

        return call.decode(resolve)

    def find(self, target: Any) -> Callable[..., Any]:
        kind, *path = target
        if kind == "name":
            return getattr(self.module, path[0])  # type: ignore[no-any-return]
        if kind == "given":
            return getattr(self.given(path[0]), path[1])  # type: ignore[no-any-return]
        if kind == "probe":
            return PROBES[path[0]]
        owner = self.objects[path[0]]
        return owner if kind == "handle" else getattr(owner, path[1])  # type: ignore[no-any-return]

    def matches(self, theirs: Any, ours: Any) -> bool:
        """Compare data; where the student's answer is a handle, remember our object under its number."""
        if isinstance(theirs, RemoteObject):
            self.objects[theirs._number] = ours
            return True
        if isinstance(theirs, list | tuple) and type(theirs) is type(ours) and len(theirs) == len(ours):
            return all(self.matches(one, other) for one, other in zip(theirs, ours, strict=True))
        return same(theirs, _as_sent(ours))


def _as_sent(value: Any) -> Any:
    """Our answer as it would have crossed the wire; what is not data equals nothing."""
    try:
        frame = wire.encode(value)
    except (wire.Unsendable, wire.TooLarge):
        return NotImplemented
    return wire.decode(frame.header, frame.payload())

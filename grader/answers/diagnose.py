"""Which known mistake stands behind a submission's wrong answers?

Replays the calls of a failed test against the mistakes. A name must agree with all that is known of the submission,
not with one test alone. Help comes after the verdict and never changes it.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping, Set
from typing import Any

from grader.answers.compare import alike, same
from grader.answers.faults import MAX_MESSAGE
from grader.answers.remote import MOST_ASKED, Recorded, RemoteObject
from grader.box.inside import wire
from grader.box.inside.probes import PROBES
from grader.mistakes import Mistake, Symptoms

MAX_SECONDS = 20.0
"""So long may replaying take for one submission of an exercise: a report without help beats a late one."""

Given = Callable[[str], Any]
Close = Callable[[Any, Any], bool]


class Suspects:
    """Which known mistakes can still be a submission's, as one test after the other is judged."""

    def __init__(
        self,
        of: Mapping[str, str],
        symptoms: Mapping[str, Symptoms] | None,
        passed: set[str],
        asked: Mapping[str, set[str]],
    ) -> None:
        self.of = of
        """The public name that each mistake replaces."""
        self.symptoms = symptoms
        """What the exercise's proof says of each mistake, where there is one."""
        self.passed = passed
        self.asked = asked
        """The public names that each test called; of some nobody knows."""
        self.explained: dict[str, set[str]] = {}
        """For each failed test that could be replayed, the mistakes that give the submission's own answers."""

    def may_explain(self, mistake: str, test: str) -> bool:
        """Whether replaying this test against this mistake could lead to its name."""
        if self.symptoms is None:
            return mistake in self.of
        return mistake in self.symptoms and test in self.symptoms[mistake].fails and not self._refuted(mistake, False)

    def names(self) -> dict[str, str]:
        """Return for each failed test the one mistake that agrees with everything, where there is one.

        Else the one that agrees with all tests that called what it replaces: what another test called may use that in
        our solution alone, or differ from ours in a way of its own, such as how far an optimiser went.
        """
        named: dict[str, str] = {}
        for passed, failed in ((False, False), (True, False), (True, True)):
            fitting = {one for found in self.explained.values() for one in found if self._fits(one, passed, failed)}
            for test, found in self.explained.items():
                if one := self._widest(found & fitting, passed):
                    named[test] = one
        return named

    def _fits(self, mistake: str, passed: bool, failed: bool) -> bool:
        """Whether the submission fails all that the mistake fails, and with its answers where they give it away.

        Another mistake, in another function, may have spoilt the answers to a test that both fail. `passed` and
        `failed` say whether every such test counts, or those alone that called what the mistake replaces.
        """
        if self.symptoms is None:
            return True
        if self._refuted(mistake, passed):
            return False
        mine = self.of[mistake]  # "": the planted bug, which may stand in any function
        others = {
            other for found in self.explained.values() for other in found if mine and self.of[other] not in ("", mine)
        }
        spoilt = {test for other in others if not self._refuted(other, passed) for test in self.symptoms[other].fails}
        shown = self._counting(mistake, self.symptoms[mistake].shown - spoilt, failed)
        return all(mistake in self.explained[test] for test in shown & self.explained.keys())

    def _refuted(self, mistake: str, everywhere: bool) -> bool:
        """Whether the submission passes a test that the mistake would fail."""
        return self.symptoms is not None and bool(
            self._counting(mistake, self.symptoms[mistake].fails & self.passed, everywhere)
        )

    def _counting(self, mistake: str, tests: Set[str], everywhere: bool) -> Set[str]:
        """Return the tests that called what the mistake replaces, or all."""
        mine = self.of[mistake]
        return tests if everywhere or not mine else {test for test in tests if mine in (self.asked.get(test) or {mine})}

    def _widest(self, found: set[str], everywhere: bool) -> str | None:
        """Return the only one, or the one that explains more tests than every other, theirs included."""
        if len(found) == 1 or self.symptoms is None:
            return next(iter(found)) if len(found) == 1 else None
        fails = {mistake: self._counting(mistake, self.symptoms[mistake].fails, everywhere) for mistake in found}
        return next((one for one in found if all(fails[one] > fails[other] for other in found - {one})), None)


def explaining(
    recorded: list[Recorded],
    solution: Any,
    mistakes: list[Mistake],
    variant: Callable[[Mistake], Any],
    given: Given,
    until: float,
    closely: bool,
) -> set[str] | None:
    """Return the mistakes that give every answer of the student's; None where that cannot be known.

    An answer that is wrong counts as evidence only if it could hardly be somebody else's: data, an error with the same
    message, or one that both programs raise themselves, each in its words. That both lead torch to a RuntimeError says
    little. Where an answer is right, what it asked of the judge's functions on the way may be wrong.

    Where nothing gives the very answers, those count that come as close as a right answer must, unless `closely`: half
    of all programs have a float32 in them, if only in a constant.
    """
    if not recorded or any(call.fault and call.fault.fatal for call in recorded):
        return None
    found: set[str] | None = None
    for close in (same,) if closely else (same, alike):
        replay = _Replay(solution, given, close)
        wrong = [replay.agreement(call) is None for call in recorded]
        odd = [not is_wrong and not right for is_wrong, right in zip(wrong, replay.asked_alike, strict=True)]
        if not any(wrong + odd):
            break
        found = set()
        for mistake in mistakes:
            if time.monotonic() > until:
                return None
            if _explains(_Replay(variant(mistake), given, close), recorded, wrong, odd):
                found.add(mistake.name)
        if found:
            break
    return found


def _explains(replay: _Replay, recorded: list[Recorded], wrong: list[bool], odd: list[bool]) -> bool:
    evidence = False
    for call, is_wrong, is_odd in zip(recorded, wrong, odd, strict=True):
        agreement = replay.agreement(call)
        if agreement is None:
            return False
        evidence = evidence or (is_wrong and agreement) or (is_odd and replay.asked_alike[-1])
    return evidence


class _Replay:
    """One pass over the recorded calls, with local objects in the place of handles."""

    def __init__(self, module: Any, given: Given, close: Close) -> None:
        self.module = module
        self.given = given
        self.close = close
        self.objects: dict[int, Any] = {}
        self.asked: list[tuple[int, Any, Any]] = []
        self.asked_alike: list[bool] = []
        """For each call so far, whether it asked the judge's functions the same as the student's."""

    def agreement(self, call: Recorded) -> bool | None:
        """Return whether the same answer is evidence, None where it is another answer."""
        self.asked = []
        try:
            return self.compared(call)
        finally:
            self.asked_alike.append(self.matches(call.asked, self.asked))

    def compared(self, call: Recorded) -> bool | None:
        try:
            target, args, kwargs = self.decode(call)
            answer = self.find(target)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - an error is an answer too
            if call.fault is None or call.fault.types[:1] != (type(error).__name__,):
                return None
            alike = str(error)[:MAX_MESSAGE] == call.fault.finding.values.get("message")
            return alike or (call.fault.deliberate and _deliberate(error))
        return True if call.fault is None and self.matches(call.outcome, answer) else None

    def decode(self, call: Recorded) -> Any:
        def resolve(reference: wire.Reference) -> Any:
            if reference.kind == "handle":
                return self.objects[reference.number]
            if reference.kind == "method":
                return getattr(self.objects[reference.number], reference.type_name)
            if reference.kind == "function":
                return getattr(self.module, reference.type_name)
            return self.asking(reference.number, call.callbacks[reference.number])

        return call.decode(resolve)

    def asking(self, number: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of the judge's that notes what it was asked."""

        def noted(*args: Any, **kwargs: Any) -> Any:
            if len(self.asked) < MOST_ASKED:
                self.asked.append((number, args, kwargs))
            return function(*args, **kwargs)

        return noted

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
        return self.close(theirs, _as_sent(ours))


def _deliberate(error: Exception) -> bool:
    """Whether a mistake's own code raised the error, no library that it called."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return not os.path.isabs(last.filename) and (last.line or "").startswith("raise")


def _as_sent(value: Any) -> Any:
    """Our answer as it would have crossed the wire; what is not data equals nothing."""
    try:
        frame = wire.encode(value)
    except (wire.Unsendable, wire.TooLarge):
        return NotImplemented
    return wire.decode(frame.header, frame.payload())

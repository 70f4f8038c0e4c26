"""Which known mistake stands behind a submission's wrong answers?

Replays the calls of a failed test against the mistakes. A name must agree with all that is known of the submission,
not with one test alone. Help comes after the verdict and never changes it.
"""

from __future__ import annotations

import dataclasses
import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from grader.answers.compare import Closeness, closeness
from grader.answers.faults import MAX_MESSAGE
from grader.answers.remote import MOST_ASKED, Recorded, RemoteObject
from grader.box.inside import wire
from grader.box.inside.probes import PROBES
from grader.box.inside.serve import Targets
from grader.mistakes import Symptoms

MAX_SECONDS = 20.0
"""So long may replaying take for one submission of an exercise: a report without help beats a late one."""

Given = Callable[[str], Any]


class Suspects:
    """Which known mistakes can still be a submission's, as one test after the other is judged."""

    def __init__(
        self,
        of: Mapping[str, str],
        symptoms: Mapping[str, Symptoms] | None,
        passed: set[str],
        asked: Mapping[str, set[str]],
        planted: str = "",
    ) -> None:
        self.of = of
        """The public name that each mistake replaces."""
        self.symptoms = symptoms
        """What the exercise's proof says of each mistake, where there is one."""
        self.passed = passed
        self.asked = asked
        """The public names that each test called; of some nobody knows."""
        self.planted = planted
        """The mistake that the program had when it was given, in "find the bug"."""
        self.failed: set[str] = set()
        """The tests that the submission's answers failed."""
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
        suspected = self._suspected()
        for all_passed, all_failed in ((False, False), (True, False), (True, True)):  # the strictest word counts
            fitting = {one for one in suspected if self._is_consistent(one, all_passed, all_failed)}
            for test, mistakes in self.explained.items():
                if one := self._explains_most(mistakes & fitting, all_passed):
                    named[test] = one
        return named

    def _is_consistent(self, mistake: str, all_passed: bool, all_failed: bool) -> bool:
        """Whether the submission fails all that the mistake fails, and with its answers where they give it away.

        Another mistake, in another function, may have spoilt the answers to a test that both fail. `all_passed`
        and `all_failed` say whether every such test counts, or those alone that called what the mistake replaces.
        """
        if self.symptoms is None:
            return True
        if self._refuted(mistake, all_passed):
            return False
        if mistake == self.planted and self.failed - self.symptoms[mistake].fails:
            return False  # it does worse than it did: that it is as it was would be half the truth
        elsewhere = {other for other in self._in_other_functions(mistake) if not self._refuted(other, all_passed)}
        spoilt = {test for other in elsewhere for test in self.symptoms[other].fails}
        recognisable = self._relevant(mistake, self.symptoms[mistake].recognisable - spoilt, all_failed)
        return all(mistake in self.explained[test] for test in recognisable & self.explained.keys())

    def _in_other_functions(self, mistake: str) -> set[str]:
        """Return the mistakes in question that stand in another function; a planted bug may stand in any."""
        name = self.of[mistake]
        return {other for other in self._suspected() if name and self.of[other] not in ("", name)}

    def _suspected(self) -> set[str]:
        """Return the mistakes that explain a failed test."""
        return set[str]().union(*self.explained.values())

    def _refuted(self, mistake: str, everywhere: bool) -> bool:
        """Whether the submission passes a test that the mistake would fail."""
        return self.symptoms is not None and bool(
            self._relevant(mistake, self.symptoms[mistake].fails & self.passed, everywhere)
        )

    def _relevant(self, mistake: str, tests: Set[str], everywhere: bool) -> Set[str]:
        """Return the tests that called what the mistake replaces, or all."""
        name = self.of[mistake]
        return tests if everywhere or not name else {test for test in tests if name in (self.asked.get(test) or {name})}

    def _explains_most(self, found: set[str], everywhere: bool) -> str | None:
        """Return the only one, or the one that explains more tests than every other, theirs included."""
        if len(found) == 1 or self.symptoms is None:
            return next(iter(found)) if len(found) == 1 else None
        fails = {mistake: self._relevant(mistake, self.symptoms[mistake].fails, everywhere) for mistake in found}
        return next((one for one in found if all(fails[one] > fails[other] for other in found - {one})), None)


def explaining(
    recorded: list[Recorded],
    solution: Any,
    variants: Iterable[tuple[str, Any]],
    given: Given,
    until: float,
    closely: bool,
) -> set[str] | None:
    """Return the mistakes that give every answer of the student's; None where that cannot be known.

    `variants` are the solutions that contain a mistake, with its name.

    An answer that is wrong counts as evidence only if it could hardly be somebody else's: data, an error with the same
    message, or one that both programs raise themselves, each in its words. That both lead torch to a RuntimeError says
    little. Where an answer is right, what it asked of the judge's functions on the way may be wrong.

    Where nothing gives the very answers, those count that come as close as a right answer must, unless `closely`: half
    of all programs have a float32 in them, if only in a constant.
    """
    right = _Replay(solution, given).replies(recorded)
    if all(min(reply.answer, reply.asked) is Closeness.SAME for reply in right):
        return None
    replies: dict[str, list[Reply]] = {}
    for mistake, variant in variants:
        if time.monotonic() > until:
            return None
        replies[mistake] = _Replay(variant, given).replies(recorded, to_the_end=False)
    for enough in (Closeness.SAME,) if closely else (Closeness.SAME, Closeness.ALIKE):
        if found := {mistake for mistake, theirs in replies.items() if _explains(theirs, right, enough)}:
            return found
    return set()


def _explains(replies: list[Reply], right: list[Reply], enough: Closeness) -> bool:
    """Whether a mistake's replies are the student's, and one of them is evidence."""
    if min(reply.answer for reply in replies) < enough:
        return False
    return any(
        reply.is_evidence if solved.answer < enough else solved.asked < enough <= reply.asked
        for reply, solved in zip(replies, right, strict=True)
    )


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a program of ours replies to one recorded call, held against the student's reply."""

    answer: Closeness
    is_evidence: bool
    """Whether the same answer is evidence."""
    asked: Closeness
    """Of what it asked the judge's functions on the way."""


class _Replay(Targets):
    """One pass over the recorded calls, with local objects in the place of handles."""

    def __init__(self, module: Any, given: Given) -> None:
        self.module = module
        self.given = given
        self.objects = {}
        self.probes = PROBES
        self.asked: list[tuple[int, Any, Any]] = []

    def replies(self, recorded: list[Recorded], to_the_end: bool = True) -> list[Reply]:
        """Return the replies to all calls, or to those up to the first other answer."""
        replies: list[Reply] = []
        for call in recorded:
            self.asked, self.callbacks = [], call.callbacks
            answer, is_evidence = self.compared(call)
            replies.append(Reply(answer, is_evidence, self.closeness(call.asked, self.asked)))
            if answer is Closeness.OTHER and not to_the_end:
                break
        return replies

    def compared(self, call: Recorded) -> tuple[Closeness, bool]:
        """Return how close our answer is to the student's, and whether such an answer is evidence."""
        try:
            target, args, kwargs = call.decode(self.resolve)
            answer = self.find(target)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - an error is an answer too
            if call.fault is None or call.fault.types[:1] != (type(error).__name__,):
                return Closeness.OTHER, False
            in_its_words = str(error)[:MAX_MESSAGE] == call.fault.finding.values.get("message")
            return Closeness.SAME, in_its_words or (call.fault.deliberate and _deliberate(error))
        return (Closeness.OTHER if call.fault else self.closeness(call.outcome, answer)), True

    def given_function(self, module: str, name: str) -> Any:
        return getattr(self.given(module), name)

    def callback(self, number: int) -> Callable[..., Any]:
        """Return a function of the judge's that notes what it was asked."""

        def noted(*args: Any, **kwargs: Any) -> Any:
            if len(self.asked) < MOST_ASKED:
                self.asked.append((number, args, kwargs))
            return self.callbacks[number](*args, **kwargs)

        return noted

    def closeness(self, theirs: Any, ours: Any) -> Closeness:
        """Compare data; where the student's answer is a handle, remember our object under its number."""
        if isinstance(theirs, RemoteObject):
            self.objects[theirs._number] = ours
            return Closeness.SAME
        if isinstance(theirs, list | tuple) and type(theirs) is type(ours) and len(theirs) == len(ours):
            pairs = zip(theirs, ours, strict=True)
            return min((self.closeness(one, other) for one, other in pairs), default=Closeness.SAME)
        return closeness(theirs, _as_sent(ours))


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

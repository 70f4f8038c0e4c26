"""Speed and memory: the student against the reference, measured from outside both boxes.

Both run in boxes of their own, forked from the same process, one call at a time, the other one stopped. Every timed
call gets fresh content that did not exist before the clock started, and every timed answer is checked. The clock is the
CPU time of the whole box; wall time guards against sleeping. On an accelerator, whose work is no CPU time, the clock is
wall time with full synchronisation inside. Rounds are paired and in random order, and vote until one side leads.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from grader.answers.compare import Mismatch, difference, rough_difference
from grader.answers.faults import StudentFault
from grader.answers.randomness import Rng
from grader.answers.remote import Session
from grader.answers.student import Student
from grader.box.inside import wire
from grader.box.link import BoxNotMade
from grader.outcomes import Finding

GUARD = 1.10
"""Judged at this multiple of the posted limit, so that noise costs nobody points."""
WALL_FACTOR = 3.0
"""Wall time may be this much over the limit in CPU terms before it counts as waiting."""
LEAD_TO_PASS, LEAD_TO_FAIL, MOST_ROUNDS = 5, 7, 41
FEWEST_BY_WALL = 21
"""Rounds on an accelerator: wall time is noisier than CPU time."""
FAR, FAR_VOTES = 4.0, 3
"""A round that is so many times over the limit has so many votes, and needs no long blocks: noise does not do that."""
WARM_UPS = 2
ENOUGH_SECONDS = 0.02
"""A timed block of the reference lasts at least this long: well over the cost of a call without work. In a shorter
block the first call is not counted: a box that was stopped finds its caches cold, and that would hide a ratio."""
MOST_CALLS = 32
CALL_SECONDS = 15.0
GROWTH_SECONDS, FEWEST_GROWTHS = 5.0, 3
TOTAL_SECONDS = 90.0
STALL_SECONDS = 5.0
"""A student's block may always take so long in wall time; beyond it, and far beyond the reference's, it is too slow."""
KEPT_BYTES = 40 << 20
"""Memory that a box may hold after loading and a small call: what is imported on the way. What it holds beyond that
counts as taken by the large call, which could use it again."""
NOISE_BYTES = 4 << 20
"""A box that takes more than this is measured twice."""
MEMORY_SECONDS = 120.0
"""Nobody is too slow where memory is measured."""
SLOWER = 16.0
"""Growth is measured from the student's time at the small size, or so many times the reference's where that is less:
who wastes time there gains nothing."""
CLEAR, CLEAR_VOTES = 0.5, 2
"""A round under this part of the limit has so many votes: noise does not halve a time again and again."""
UNTIL_RIGHT = Finding("until_right")
"""Said of a wrong answer: the sentence of its test speaks of time or memory."""


class Unmeasured(Exception):
    """The machine was too busy to judge."""


class Stalled(Exception):
    """One block took `ratio` times as long as the reference's: more rounds would tell nothing new."""

    def __init__(self, ratio: float) -> None:
        super().__init__(ratio)
        self.ratio = ratio


class TooSlow(Mismatch):
    """The student's code is over the limit."""


@dataclasses.dataclass
class Cost:
    cpu: float = 0.0
    wall: float = 0.0
    """Without the time in which the box could have run and the machine gave it no core."""


@dataclasses.dataclass
class Measured:
    """What a speed test found: shown in the report whatever the verdict."""

    ratio: float
    limit: float


class _Runner:
    """One side: a session, the object that is called, and its stopwatch."""

    def __init__(self, session: Session, name: str, setup: Callable[[Any], Any] | None, by_wall: bool) -> None:
        self.session = session
        self.by_wall = by_wall
        session.allow(CALL_SECONDS)
        student = Student(session)
        # Kept: a handle that is dropped is forgotten by its box.
        self.owner: Any = student if setup is None else setup(student)
        self.function: Any = self.owner if name == "__call__" else getattr(self.owner, name)
        self.box = session.ready()
        self.expected = self.allowance = math.inf
        """Wall seconds that a block should take, by the reference's warm-up, and may take."""

    def call(self, args: list[Any]) -> tuple[Any, Cost]:
        self.session.allow(CALL_SECONDS)
        starved = self.box.starved_seconds()
        cpu, wall = self.box.cpu_seconds(), time.perf_counter()
        answer = self.function(*args)
        if self.by_wall:
            self.session.call(("probe", "synchronize"), (), {})
        spent = time.perf_counter() - wall
        used = self.box.cpu_seconds()
        waited = max(0.0, spent - (self.box.starved_seconds() - starved))
        if self.by_wall or cpu is None or used is None:
            return answer, Cost(spent, spent)
        return answer, Cost(used - cpu, waited)

    def flush_cache(self) -> None:
        """Empty the cache of an accelerator, which all processes share."""
        self.resume()
        self.session.allow(CALL_SECONDS)
        self.session.call(("probe", "flush_cache"), (), {})
        self.stop()

    def stop(self) -> None:
        self.box.process.stop()

    def resume(self) -> None:
        self.box.process.resume()


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """What goes wrong in the reference's box is the grader's fault, not the student's."""
    try:
        yield
    except StudentFault as fault:
        raise BoxNotMade(f"the reference failed in its own box: {fault}") from fault


def _claimed(check: Callable[..., None], got: Any, expected: Any, args: list[Any]) -> None:
    """Make a suite's own claim; an answer that it cannot even look at is wrong, if it can look at the reference's."""
    wanted = args[: len(inspect.signature(check).parameters) - 2]
    try:
        check(got, expected, *wanted)
    except Mismatch as wrong:
        wrong.more.append(UNTIL_RIGHT)
        raise
    except (AssertionError, StudentFault):
        raise
    except Exception as error:
        check(expected, expected, *wanted)
        problem = f"{type(error).__name__}: {error}"[:300]
        raise Mismatch(Finding("unusable", {"problem": problem}), UNTIL_RIGHT) from error


class Speed:
    """The fixture's object: opens fresh sessions for both sides and compares their cost."""

    def __init__(
        self,
        open_student: Callable[[], Session],
        open_reference: Callable[[], Session],
        device: Any,
        alone: Callable[[], AbstractContextManager[Any]],
        note: Callable[[Measured], None],
        by_wall: bool | None = None,
    ) -> None:
        self.open_student = open_student
        self.open_reference = open_reference
        self.device = device
        self.alone = alone
        self.note = note
        self.by_wall = device.type != "cpu" if by_wall is None else by_wall

    def call(
        self,
        name: str,
        *fresh: Any,
        at_most: float,
        setup: Callable[[Any], Any] | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        check: bool | Callable[..., None] = True,
    ) -> None:
        """Assert that the student's `name` costs at most `at_most` times the reference's.

        Each of `fresh` is a constant or a function of an Rng. `check` compares the answers of every timed call:
        True by the tolerance table, False not at all, or a function that asserts: of got, expected and as many of the
        call's arguments as it takes.
        """

        def arguments(rng: Rng) -> list[Any]:
            return [item(rng) if callable(item) else item for item in fresh]

        def verify(got: Any, expected: Any, args: list[Any]) -> None:
            if callable(check):
                _claimed(check, got, expected, args)
            elif check and (found := rough_difference(got, expected, rtol, atol)):
                raise Mismatch(found, UNTIL_RIGHT)

        with self.alone():
            measured = _over_twice(lambda: self._session(name, setup, arguments, verify, at_most), at_most)
        self.note(measured)
        if measured.ratio > at_most * GUARD:
            raise TooSlow(Finding("too_slow", {"ratio": f"{measured.ratio:.1f}", "limit": f"{measured.limit:g}"}))

    def growth(
        self, name: str, make: Callable[[Rng, int], tuple[Any, ...]], n: int, factor: int = 4, at_most: float = 6.0
    ) -> None:
        """Assert that the student's time at `factor * n` is at most `at_most` times its time at `n`.

        Every timed answer is compared with the reference's, which runs in a box of its own.
        """
        with self.alone():
            measured = _over_twice(lambda: Measured(self._growth(name, make, n, factor), at_most), at_most)
        self.note(measured)
        if measured.ratio > at_most * GUARD:
            values = {"factor": str(factor), "ratio": f"{measured.ratio:.1f}", "limit": f"{at_most:g}"}
            raise TooSlow(Finding("grows_too_fast", values))

    def _growth(self, name: str, make: Callable[[Rng, int], tuple[Any, ...]], n: int, factor: int) -> float:
        """Return by how much the student's time grew in the median of some rounds."""
        with self._runners(name, None) as (reference, student):
            return statistics.median(self._growths(reference, student, make, n, factor))

    def _growths(
        self, reference: _Runner, student: _Runner, make: Callable[[Rng, int], tuple[Any, ...]], n: int, factor: int
    ) -> list[float]:
        """Return by how much the student's time grew, round by round."""
        rng = Rng(random.SystemRandom().getrandbits(62), self.device)

        def cost(size: int) -> tuple[float, float]:
            """Return what the student's call costs and what the reference's does."""
            args = list(make(rng, size))
            student.resume()
            got, theirs = student.call(args)
            student.stop()
            with ours():
                expected, ours_cost = reference.call(args)
            if found := rough_difference(got, expected):
                raise Mismatch(found, UNTIL_RIGHT)
            return theirs.cpu, ours_cost.cpu

        for size in (n, factor * n):
            cost(size)
        ratios: list[float] = []
        until = time.monotonic() + GROWTH_SECONDS
        while len(ratios) < LEAD_TO_PASS and (time.monotonic() < until or len(ratios) < FEWEST_GROWTHS):
            costs = [cost(n) for _ in range(factor)]
            small = min(sum(theirs for theirs, _ in costs), SLOWER * sum(ours for _, ours in costs))
            ratios.append(factor * cost(factor * n)[0] / max(small, 1e-9))
        return ratios

    def _session(self, name: str, setup: Any, arguments: Any, verify: Any, at_most: float) -> Measured:
        with self._runners(name, setup) as (reference, student):
            try:
                return self._rounds(reference, student, arguments, verify, at_most)
            except Stalled as stalled:
                return Measured(max(stalled.ratio, at_most * GUARD * 1.001), at_most)

    @contextlib.contextmanager
    def _runners(self, name: str, setup: Callable[[Any], Any] | None) -> Iterator[tuple[_Runner, _Runner]]:
        """Have the reference and the student in boxes of their own."""
        with contextlib.closing(self.open_reference()) as known, contextlib.closing(self.open_student()) as judged:
            with ours():
                reference = _Runner(known, name, setup, self.by_wall)
            yield reference, _Runner(judged, name, setup, self.by_wall)

    def _rounds(self, reference: _Runner, student: _Runner, arguments: Any, verify: Any, at_most: float) -> Measured:
        secret = random.SystemRandom()
        limit, until = at_most * GUARD, time.monotonic() + TOTAL_SECONDS

        def inputs() -> list[Any]:
            return arguments(Rng(secret.getrandbits(62), self.device))  # type: ignore[no-any-return]

        calls = _warm_up(reference, student, inputs, limit)
        votes, rows = list[int](), list[tuple[Cost, Cost]]()
        while len(rows) < MOST_ROUNDS:
            ours, theirs = _round(reference, student, [inputs() for _ in range(calls)], verify, secret)
            rows.append((ours, theirs))
            votes.append(_vote(ours, theirs, limit))
            enough = not self.by_wall or len(rows) >= FEWEST_BY_WALL
            if enough and (sum(votes) <= -LEAD_TO_PASS or sum(votes) >= LEAD_TO_FAIL):
                break
            if time.monotonic() > until:
                if min(votes) > 0:  # slow in every round: it is not the machine
                    votes.append(LEAD_TO_FAIL)
                elif len(rows) < LEAD_TO_PASS:
                    raise Unmeasured
                break
        return _summary(rows, sum(votes), limit, at_most)


def _over_twice(measure: Callable[[], Measured], at_most: float) -> Measured:
    """Return what was measured; what is over the limit must be so again, in fresh boxes."""
    first = measure()
    return first if first.ratio <= at_most * GUARD else measure()


def _vote(ours: Cost, theirs: Cost, limit: float) -> int:
    """Return how many votes one round has against the student."""
    over = max(
        theirs.cpu / max(limit * ours.cpu, 1e-9),
        theirs.wall / max(WALL_FACTOR * limit * max(ours.wall, ours.cpu), 1e-9),
    )
    if over > 1:
        return FAR_VOTES if over > FAR else 1
    return -CLEAR_VOTES if over < CLEAR else -1


def _warm_up(reference: _Runner, student: _Runner, inputs: Callable[[], list[Any]], limit: float) -> int:
    """Run throw-away calls and return how many calls make a block long enough to time, with one that is not counted."""
    cost = Cost()
    for _ in range(WARM_UPS):
        with ours():
            cost = reference.call(inputs())[1]
    reference.stop()
    # By the reference alone: a submission must not be able to choose the block size by a slow warm-up.
    calls = max(1, min(MOST_CALLS, round(ENOUGH_SECONDS / max(cost.cpu, 1e-6))))
    calls += cost.cpu < ENOUGH_SECONDS
    student.expected = calls * cost.wall
    student.allowance = max(STALL_SECONDS, 2 * WALL_FACTOR * limit * student.expected)
    for _ in range(WARM_UPS):
        wall = student.call(inputs())[1].wall
    if wall > student.allowance:  # a whole block might take so long; the first call may import something
        raise Stalled(wall / max(cost.wall, 1e-9))
    student.stop()
    return calls


def _round(
    reference: _Runner, student: _Runner, blocks: list[list[Any]], verify: Any, secret: random.Random
) -> tuple[Cost, Cost]:
    """Run the same inputs on both sides, in random order, and check every answer."""
    costs: dict[_Runner, list[Cost]] = {reference: [], student: []}
    answers: dict[_Runner, list[Any]] = {reference: [], student: []}
    for runner in secret.sample([reference, student], 2):
        if runner.by_wall:
            reference.flush_cache()  # the reference's box does it for both: it is ours
        runner.resume()
        for args in blocks:
            with ours() if runner is reference else contextlib.nullcontext():
                answer, cost = runner.call(args)
            answers[runner].append(answer)
            costs[runner].append(cost)
            waited = sum(each.wall for each in costs[runner])
            if waited > runner.allowance:
                raise Stalled(waited / runner.expected)
        runner.stop()
    for got, expected, args in zip(answers[student], answers[reference], blocks, strict=True):
        verify(got, expected, args)
    return _counted(costs[reference]), _counted(costs[student])


def _counted(costs: list[Cost]) -> Cost:
    """Return the cost of a block without its first call, if there are others."""
    counted = costs[1:] or costs
    return Cost(sum(cost.cpu for cost in counted), sum(cost.wall for cost in counted))


def _summary(rows: list[tuple[Cost, Cost]], votes: int, limit: float, at_most: float) -> Measured:
    """The pooled ratio, moved to the side of the limit that won the vote."""
    ratio = sum(theirs.cpu for _, theirs in rows) / max(sum(ours.cpu for ours, _ in rows), 1e-9)
    if votes >= LEAD_TO_FAIL and ratio <= limit:  # slow by the wall: it waited
        ratio = statistics.median(theirs.wall / max(ours.wall, 1e-9) for ours, theirs in rows)
        ratio = max(ratio, limit * 1.001)
    elif votes <= -LEAD_TO_PASS:
        ratio = min(ratio, limit)
    return Measured(ratio, at_most)


class Memory:
    """The fixture's object for peak memory: a fresh box for every measurement of a student.

    `known` keeps the reference's: it is the same for all who get the same inputs.
    """

    def __init__(
        self,
        open_student: Callable[[], Session],
        open_reference: Callable[[], Session],
        known: dict[tuple[str, int], tuple[int, Any]],
    ) -> None:
        self.open_student = open_student
        self.open_reference = open_reference
        self.known = known

    def growth(self, name: str, small: tuple[Any, ...], large: tuple[Any, ...]) -> int:
        """Return by how many bytes the student's peak at `large` exceeds the reference's at `small`.

        Both boxes have made the small call before: what a first call imports is in neither figure. The small peak is
        the reference's, so that nobody can raise it.

        Raises:
            Mismatch: the student's answer at `large` is not the reference's.
            Unmeasured: the system does not tell.
        """
        inputs = wire.encode((small, large))
        key = name, hash((inputs.header, bytes(inputs.payload())))
        if key not in self.known:
            with ours():
                base = _peak(self.open_reference, name, small, small)[0]
                self.known[key] = base, _peak(self.open_reference, name, small, large)[1]
        base, expected = self.known[key]
        measured = [_peak(self.open_student, name, small, large)]
        if measured[0][0] - base > NOISE_BYTES:  # what a machine short of memory maps anew comes on top, and only there
            measured.append(_peak(self.open_student, name, small, large))
        for _, got in measured:
            if found := difference(got, expected):
                raise Mismatch(found, UNTIL_RIGHT)
        return min(peak for peak, _ in measured) - base


def _peak(
    open_session: Callable[[], Session], name: str, small: tuple[Any, ...], args: tuple[Any, ...]
) -> tuple[int, Any]:
    """Return by how many bytes the peak of a fresh box grows during its second call, and the answer to that."""
    with contextlib.closing(open_session()) as session:
        box = session.ready()
        session.allow(MEMORY_SECONDS)
        function = getattr(Student(session), name)
        function(*small)
        if session.box is not box or box.born_bytes is None:
            raise Unmeasured
        before = _reading(session, box.resident_bytes)
        box.forget_peak()
        session.allow(MEMORY_SECONDS)
        answer = function(*args)
        after = _reading(session, box.peak_bytes)
    return after - min(before, box.born_bytes + KEPT_BYTES), answer


def _reading(session: Session, figure: Callable[[], int | None]) -> int:
    """Return a figure of a box; a box that is alive and has none is hiding it."""
    found = figure()
    if found is None:
        raise session.lost() or StudentFault(Finding("hid_memory"))
    return found

"""What judging one submission of one exercise needs: the student's session, the reference, randomness, the clock."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import msgspec
import torch

from grader.answers import calls, fingerprints
from grader.answers.budget import IN_ALL, Budget
from grader.answers.diagnose import MAX_SECONDS, Suspects, explaining
from grader.answers.randomness import Rng
from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.answers.timing import Measured, Memory, Speed
from grader.box.inside import accelerator, generators
from grader.box.launch import BoxFactory
from grader.box.limits import BoxSettings
from grader.course.weeks import digest
from grader.judge import locks
from grader.judge.answer_key import PLANTED, AnswerKey
from grader.judge.candidates import Candidates
from grader.judge.protocol import Task
from grader.outcomes import Finding, Named, TestResult, Verdict

FILES_MB = 1
"""The size of a box's own folder where memory is measured."""


class Attempt:
    """One submission of one exercise, being judged."""

    def __init__(self, key: AnswerKey, factory: BoxFactory, task: Task, untimed: bool = False) -> None:
        self.key = key
        self.untimed = untimed
        self.factory = factory
        self.task = task
        self.device = torch.device(task.device)
        accelerator.full_precision()  # the reference runs here, perhaps in an interpreter that somebody else started
        # A proof does not depend on the machine.
        self.budget = Budget(math.inf if untimed or task.variant is not None else IN_ALL, task.stop_at_loop)
        self.seeds: Iterator[int] = itertools.count()
        """Of the boxes' global generators, in the present test: no two boxes get the same."""
        self.session = self._session(key.module(task.files, task.variant), self.budget)
        self.student = Student(self.session)
        self.measured: Measured | None = None
        self.waiting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
        """Entered while this process waits for another judge's clock."""
        self.unfit = self.device.type != "cpu"  # an accelerator's memory is given back by a process that ends
        """Whether this process should judge no other submission: a box died or talked nonsense, or we failed."""
        self.diagnosis_seconds = MAX_SECONDS if task.variant is None else math.inf
        """What is left of the time for diagnosis; a proof does not depend on the machine."""
        self.passed: set[str] = set()
        self.asked: dict[str, set[str]] = {}
        """The public names that each test has called."""
        self.suspects: Suspects | None = None
        """Since the first test that failed: the mistakes are loaded when somebody may have made one."""

    def begin(self, test: str) -> None:
        """Start one test: its clock, its record of calls, and global generators that no earlier test has moved."""
        self.seeds = map(self._seed, map(f"{test}, box {{}}".format, itertools.count()))
        generators.seed_all(self._seed(f"{test}, beside rng"), self.device.type)
        self.session.begin(math.inf if self.untimed else self.budget.time_for(self.key.exercise.seconds))

    @property
    def time_out_in_doubt(self) -> bool:
        """Whether the test that has just ended met the first time-out, while the box was mostly not at work."""
        return self.session.waited and self.budget.time_outs == 1

    def second_try(self) -> AbstractContextManager[None]:
        """Forget a time-out that may be the machine's doing; return where to try again, with the machine to itself."""
        self.budget.time_outs, self.budget.load_fault = 0, None
        return self.clock_lock()

    def rng(self, test: str) -> Rng:
        """The randomness of one test: the same for every submission and every run."""
        return Rng(self._seed(test), self.device)

    @property
    def speed(self) -> Callable[..., Speed]:
        return lambda student, reference: Speed(
            self._open_student, self._open_reference, self.device, self.alone, self._note
        )

    @property
    def memory(self) -> Callable[..., Memory]:
        """In boxes whose own folder is small: a file there is memory that no measure sees."""
        settings = msgspec.structs.replace(self.task.settings, files_mb=FILES_MB)
        return lambda student, reference: Memory(
            lambda: self._open_student(settings), lambda: self._open_reference(settings), self.key.peaks
        )

    @functools.cached_property
    def candidates(self) -> Candidates:
        """What a test that the learner wrote must tell apart."""
        return Candidates(self.key)

    def note(self, result: TestResult, answered: bool) -> None:
        """Remember of a test that has just ended what it says of the known mistakes.

        `answered` says whether it was the student's answers that failed it, and not the time that they took.
        """
        self.asked[result.key] = {call.of for call in self.session.recorded or [] if call.target[0] != "given"}
        if result.verdict is Verdict.PASSED:
            self.passed.add(result.key)
        elif result.verdict is Verdict.FAILED and answered and not self.task.sketch and _is_written(result):
            self.suspects = self.suspects or self._suspects()
            self.suspects.failed.add(result.key)
            found = self._explaining(result.key, self.suspects)
            if found is not None:
                self.suspects.explained[result.key] = found

    def named(self) -> dict[str, Named]:
        """The known mistake behind each failed test, by the test's key; in a release a mistake has no name."""
        if self.suspects is None:
            return {}
        known, shown = self.key.suspects, self.key.source is not None
        return {
            test: Named(mistake if shown else None, known[mistake].help)
            for test, mistake in self.suspects.names().items()
        }

    def explained(self) -> dict[str, list[str]]:
        """All mistakes that give the answers to each failed test, by the test's key, while a proof is made."""
        found = self.suspects.explained if self.suspects and self.task.symptoms is not None else {}
        return {test: sorted(mistakes) for test, mistakes in found.items()}

    def _suspects(self) -> Suspects:
        symptoms = self.key.symptoms if self.task.symptoms is None else self.task.symptoms
        of = {name: one.of for name, one in self.key.suspects.items()}
        return Suspects(of, symptoms, self.passed, self.asked, PLANTED)

    def _explaining(self, test: str, suspects: Suspects) -> set[str] | None:
        recorded = self.session.recorded or []
        if not recorded or any(call.fault and call.fault.fatal for call in recorded):
            return None
        if self.key.source is None:
            return fingerprints.explaining(self.key.fingerprints, test, recorded)
        possible = [one for name, one in self.key.suspects.items() if suspects.may_explain(name, test)]
        if not possible:
            return None
        begun = time.monotonic()
        try:
            return explaining(
                recorded,
                self.key.solution,
                ((one.name, self.key.variant(one)) for one in possible),
                self.key.given,
                begun + self.diagnosis_seconds,
                closely=self.task.symptoms is not None,  # a proof knows every answer
            )
        finally:
            self.diagnosis_seconds -= time.monotonic() - begun

    def describe(self, subject: object, place: str) -> Finding | None:
        """The call behind the failure of the test that has just ended, with its inputs."""
        recorded = self.session.recorded
        if not recorded or self.task.sketch:
            return None
        return calls.describe(recorded, subject, place, None if self.key.source is None else self.key.solution)

    def returned(self) -> Finding | None:
        """What the last call of the test that has just ended gave."""
        return None if self.task.sketch else calls.returned(self.session.recorded or [])

    def sketch(self) -> str:
        """What the answers of the test that has just failed look like, where the task asks for it."""
        recorded = self.session.recorded if self.task.sketch else None
        return msgspec.json.encode(fingerprints.sketch(recorded)).decode() if recorded else ""

    def close(self) -> None:
        self.session.close()

    def _seed(self, test: str) -> int:
        return int(digest(self.key.week.name, self.key.name, test, *filter(None, [self.task.secret]))[:15], 16)

    def _note(self, measured: Measured) -> None:
        self.measured = measured

    def _session(self, module: Module, budget: Budget, settings: BoxSettings | None = None) -> Session:
        return Session(
            lambda: self.factory.open_box(settings or self.task.settings),
            module,
            None if self.device.type == "cpu" else self.device.type,
            budget,
            lambda: next(self.seeds),
        )

    def _open_student(self, settings: BoxSettings | None = None) -> Session:
        return self._session(self.session.module, self.budget, settings)

    def _open_reference(self, settings: BoxSettings | None = None) -> Session:
        return self._session(self.key.reference_module(), Budget(math.inf), settings)

    @contextlib.contextmanager
    def clock_lock(self) -> Iterator[None]:
        """Hold the lock that every judge on this machine takes before it starts a clock; waiting costs no time."""
        begun = time.monotonic()
        with contextlib.nullcontext() if self.untimed else locks.held(locks.path("speed"), waiting=self.waiting):
            self.session.limit = self.session.limit.later(time.monotonic() - begun)
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be quiet, with the submission's other box stopped: what runs there beside the clock could slow a box down."""
        with self.clock_lock():
            box = self.session.box
            if box:
                box.process.stop()
            try:
                yield
            finally:
                if box and box is self.session.box:
                    box.process.resume()


def _is_written(result: TestResult) -> bool:
    """Whether there is an answer at all that a mistake could stand behind."""
    return all(finding.key != "not_written" for finding in result.findings)

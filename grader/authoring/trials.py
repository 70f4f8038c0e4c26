"""The variants of an exercise that its suite must tell apart: right answers, the stub, known mistakes, null answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from grader.authoring import kinds
from grader.course import markers
from grader.course.inventory import mistakes_in, tests_in
from grader.course.weeks import Exercise, Week
from grader.judge.answer_key import PLANTED, AnswerKey
from grader.judge.protocol import Task
from grader.mistakes import Mistake, Variant

COSTS = {"speed", "memory"}
NULLS = ("zeros", "unchanged", "random")
DISTURBED = "disturbed"


class Trial(msgspec.Struct):
    """One variant that is judged: `kind` is solution, stub, alternative, mistake, null, mutant or check."""

    kind: str
    name: str
    task: Task
    mistake: Mistake | None = None

    @property
    def right(self) -> bool:
        return self.kind in ("solution", "alternative")

    def again(self, **settings: Any) -> Trial:
        """The same variant, judged in another way."""
        return msgspec.structs.replace(self, task=msgspec.structs.replace(self.task, **settings))

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        return f"the {self.kind}" if self.kind == self.name else f"{self.kind} {self.name}"


class Variants:
    """Makes the trials of one exercise."""

    def __init__(self, week: Week, exercise: Exercise, device: str = "cpu") -> None:
        self.week = week
        self.exercise = exercise
        self.device = device
        self.file = f"{exercise.name}.py"
        self.solution = (week.solutions / self.file).read_bytes()
        self.answers = untimed(week.suite(exercise.name)) + untimed(week.examples(exercise.name))
        """The tests that must catch what is wrong, whatever it costs."""

    def all(self) -> list[Trial]:
        """Return every variant, to be judged without a look for mistakes: which tests each fails is not known yet."""
        stub = markers.stub(self.solution.decode(), self.file, self.week.label(self.exercise.name)).encode()
        trials = [
            Trial("solution", "solution", self._task(self.solution)),
            Trial("stub", "stub", self._task(stub, independent=True)),
        ]
        trials += [*self._alternatives(), *self._mistakes()]
        if self.exercise.kind == "find_the_bug":
            given = AnswerKey(self.week, self.exercise).planted
            trials.append(Trial("mistake", PLANTED, self._task(stub, tests=self.answers, independent=True), given))
        if self.exercise.kind == "write_the_test":
            made = kinds.null_checks(self.exercise).items()
            return trials + [Trial("check", name, self._task(self.solution, variant)) for name, variant in made]
        return trials + list(self._nulls())

    def untimed(self) -> list[Trial]:
        """Return every variant but the slow mistakes, to be judged by the tests that measure no cost."""
        return [trial.again(tests=self.answers) for trial in self.all() if not (trial.mistake and trial.mistake.only)]

    def mutant(self, name: str, source: str) -> Trial:
        """Return the trial of a solution with one small change."""
        return Trial("mutant", name, self._task(source.encode(), tests=self.answers, until_failure=True))

    def _task(self, source: bytes, variant: Variant | None = None, **settings: Any) -> Task:
        files = {self.file: source}
        return Task(self.week, self.exercise, files, self.device, variant=variant, symptoms={}, **settings)

    def _alternatives(self) -> Iterator[Trial]:
        public = {name: name for name in self.exercise.writes}
        for path in self.week.alternatives(self.exercise.name):
            task = self._task(self.solution, Variant(path.read_bytes(), public))
            files = task.files | self.week.built_on(path.read_bytes(), self.exercise.name)
            yield Trial("alternative", path.stem, msgspec.structs.replace(task, files=files))

    def _mistakes(self) -> Iterator[Trial]:
        source = self.week.mistakes(self.exercise.name).read_bytes()
        for mistake in mistakes_in(source):
            tests = None if mistake.only else self.answers
            variant = Variant(source, {mistake.of: mistake.name})
            task = self._task(self.solution, variant, tests=tests, independent=not mistake.only)
            yield Trial("mistake", mistake.name, task, mistake)

    def _nulls(self) -> Iterator[Trial]:
        nulls = (Path(__file__).parent / "null_answers.py").read_text(encoding="utf-8")
        writes = self.exercise.writes
        for kind in (*NULLS, DISTURBED):
            tail = f"import {self.exercise.name} as _base\nfor _name in {writes!r}:\n"
            tail += f"    globals()['their_' + _name] = wrapped(getattr(_base, _name), {kind})\n"
            variant = Variant(f"{nulls}\n{tail}".encode(), {name: f"their_{name}" for name in writes})
            task = self._task(self.solution, variant, tests=self.answers, independent=True)
            yield Trial("null", kind, task)


def untimed(path: Path) -> list[str]:
    """Return the names of a file's tests that measure no cost."""
    return [test.name for test in tests_in(path) if not COSTS & {arg.arg for arg in test.args.args}]

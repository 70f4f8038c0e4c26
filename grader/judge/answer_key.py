"""Our own modules of one exercise, in the judge: the solution, what is given, the known mistakes."""

from __future__ import annotations

import functools
import importlib
import re
import sys
import types
from typing import Any

from grader.answers import fingerprints
from grader.answers.remote import Module
from grader.answers.student import Local
from grader.box.inside import loader
from grader.course import markers, proofs
from grader.course.imports import refused
from grader.course.weeks import Exercise, Week
from grader.messages import LANGUAGES, say
from grader.mistakes import Mistake, Symptoms, Variant, in_module

PLANTED = "as_given"
"""The name of the mistake that a program with a planted bug has when it is given."""
ASKED = re.compile(r"""\bgiven\(\s*["'](\w+)""")


class AnswerKey:
    """The solution of one exercise and its mistakes, loaded when first asked for."""

    def __init__(self, week: Week, exercise: Exercise) -> None:
        self.week = week
        self.exercise = exercise
        self.given_files = week.given()
        path = week.solutions / f"{exercise.name}.py"
        self.source = path.read_bytes() if path.is_file() else None
        self._variants: dict[str, types.ModuleType] = {}
        self.peaks: dict[tuple[str, int], tuple[int, Any]] = {}
        """The reference's peaks of memory and answers, by what was called."""

    @property
    def name(self) -> str:
        return self.exercise.name

    @functools.cached_property
    def tested(self) -> AnswerKey:
        """The key of the exercise that a learner's test is for, one for all submissions."""
        return AnswerKey(self.week, self.week.exercise(self.exercise.tests))

    @functools.cached_property
    def solution(self) -> types.ModuleType:
        """The solution; its siblings can be imported from now on."""
        assert self.source is not None
        return loader.load(self.name, {**self.given_files, f"{self.name}.py": self.source})

    @functools.cached_property
    def reference(self) -> Local:
        return Local(self.solution, self.given)

    def given(self, name: str) -> types.ModuleType:
        """A given module of the week."""
        if name not in sys.modules:
            loader.Sources(self.given_files).install()
        return importlib.import_module(name)

    def module(self, files: dict[str, bytes], variant: Variant | None = None) -> Module:
        """What a box loads for a submission: given modules are always ours."""
        files, given = {**files, **self.given_files}, list(self.given_files)
        return Module(self.name, files, refused(self.exercise), given, self.kept, variant)

    @functools.cached_property
    def kept(self) -> list[str]:
        """The given modules for which the exercise's tests ask by name."""
        tests = [self.week.suite(self.name), self.week.examples(self.name)]
        texts = [path.read_text(encoding="utf-8") for path in tests if path.is_file()]
        return sorted({name for text in texts for name in ASKED.findall(text) if f"{name}.py" in self.given_files})

    def reference_module(self) -> Module:
        """What the reference's own box loads."""
        assert self.source is not None
        return Module(self.name, {**self.given_files, f"{self.name}.py": self.source})

    @functools.cached_property
    def fingerprints(self) -> list[fingerprints.Fingerprint]:
        """What a release knows in the place of the mistakes."""
        return fingerprints.read(self.week, self.name)

    @functools.cached_property
    def mistakes(self) -> list[Mistake]:
        known = in_module(self._mistakes_module) if self._mistakes_module else []
        return [self.planted, *known] if self.planted else known

    @functools.cached_property
    def planted(self) -> Mistake | None:
        """The bug of a program as it is given: a mistake of the stub, whose sentence names what a user notices."""
        symptom = self.exercise.symptom
        if self.exercise.kind != "find_the_bug" or symptom is None:
            return None
        help_ = {lang: say("bug_still_there", lang, symptom=symptom[lang]) for lang in LANGUAGES}
        return Mistake(PLANTED, "", help_)

    @functools.cached_property
    def suspects(self) -> dict[str, Mistake]:
        """The mistakes whose answers are wrong, by name; of a release, which knows no names, by number."""
        if self.source is None:
            return {str(place): Mistake(str(place), "", one.help) for place, one in enumerate(self.fingerprints)}
        return {mistake.name: mistake for mistake in self.mistakes if not mistake.only}

    @functools.cached_property
    def symptoms(self) -> dict[str, Symptoms] | None:
        """How each mistake shows, where a proof that still stands says so."""
        if self.source is None:
            return {str(place): fingerprints.symptoms(one) for place, one in enumerate(self.fingerprints)}
        proof = proofs.standing(self.week, self.exercise)
        return proof.mistakes if proof else None

    def variant(self, mistake: Mistake) -> types.ModuleType:
        """The solution that contains a mistake; made once."""
        if mistake.name not in self._variants:
            self._variants[mistake.name] = self._variant(mistake)
        return self._variants[mistake.name]

    def _variant(self, mistake: Mistake) -> types.ModuleType:
        assert self.source is not None
        assert self.solution is not None  # given modules are importable from here on
        if mistake is self.planted:
            return loader.fresh(self.name, self.stub)
        base = loader.fresh(self.name, self.source)
        return loader.overlay(base, self.source, self.mistakes_source, {mistake.of: mistake.name})

    @property
    def stub(self) -> bytes:
        """What students get in the place of the solution."""
        assert self.source is not None
        label = self.week.label(self.name)
        return markers.stub(self.source.decode(), f"{self.name}.py", label).encode()

    @property
    def mistakes_source(self) -> bytes:
        path = self.week.mistakes(self.name)
        return path.read_bytes() if path.is_file() else b""

    @functools.cached_property
    def _mistakes_module(self) -> types.ModuleType | None:
        if not self.mistakes_source or self.source is None:
            return None
        assert self.solution is not None  # `import <exercise>` in the file finds it
        return loader.run(types.ModuleType(f"{self.name}_mistakes"), self.mistakes_source)

"""Right and wrong implementations for a test that a learner wrote: they run in the judge, a box sees only answers."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from grader.answers.faults import StudentFault
from grader.box.inside import loader
from grader.judge.answer_key import AnswerKey


class Candidates:
    """The answers of another exercise of the week: `right` holds the solution and every alternative."""

    def __init__(self, key: AnswerKey) -> None:
        self._key = key.tested
        self.refused: StudentFault | None = None
        """What the learner's test raised for a right implementation that came among the wrong ones."""

    @functools.cached_property
    def right(self) -> list[Candidate]:
        """The solution first, then the alternatives in the order of their files' names."""
        key = self._key
        assert key.source is not None
        public = {name: name for name in key.exercise.writes}
        modules = [key.solution]
        for path in key.week.alternatives(key.name):
            base = loader.fresh(key.name, key.source)
            modules.append(loader.overlay(base, key.source, path.read_bytes(), public))
        return [Candidate(module) for module in modules]

    def wrong(self, name: str) -> Candidate:
        """The solution with one known mistake of that exercise, by the mistake's name."""
        found = next((mistake for mistake in self._key.mistakes if mistake.name == name), None)
        if found is None:
            raise LookupError(f"{self._key.name} has no mistake {name}")
        return Candidate(self._key.variant(found), self)


class Candidate:
    """One implementation; its attributes are its functions, which tell nothing of themselves when they fail."""

    def __init__(self, module: types.ModuleType, candidates: Candidates | None = None) -> None:
        self._module = module
        self._candidates = candidates
        """Of a wrong one: those among which it comes."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        function = getattr(self._module, name)

        def implementation(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - whatever a wrong implementation raises
                # An AssertionError of ours would end the test, and a message may name the mistake.
                raise RuntimeError(f"the implementation raised {type(error).__name__}") from None

        if self._candidates:
            vars(implementation).update(among=self._candidates, right=getattr(self._candidates.right[0], name))
        return implementation

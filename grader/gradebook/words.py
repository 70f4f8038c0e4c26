"""Answers in words: which of a student's cells belong to one, and when nobody wrote any.

An answer that nobody wrote has 0 without a person, so in doubt it is one.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from grader.messages import LANGUAGES, say

Json = dict[str, Any]


class Handed(msgspec.Struct):
    """One cell as it was handed in."""

    kind: str
    source: str
    ids: list[str]
    """What it may be: the grade id in its metadata, then its own id."""


def id_of(cell: Json) -> str:
    """Return the id of a cell that the gradebook knows, "" for any other."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def text_of(cell: Json) -> str:
    return "".join(cell["source"])


def plain(text: str) -> str:
    """Return a text by its letters and digits alone: what of it survives an editor."""
    return "".join(char for char in text.casefold() if char.isalnum())


def is_answer(cell: Json) -> bool:
    """Whether a cell is an answer in words, to be graded by hand."""
    meta = cell["metadata"].get("nbgrader", {})
    return bool(cell["cell_type"] == "markdown" and meta.get("grade") and meta.get("solution"))


def is_unwritten(cell: Json, source: str) -> bool:
    """Whether a cell is as it was released; a placeholder is none the less one in the other language."""
    if not is_answer(cell):
        return source == text_of(cell)
    return plain(source) in {plain(text_of(cell)), *(plain(say("notebook_answer", lang)) for lang in LANGUAGES)}


def no_answer() -> str:
    """Return what stands where no answer was found: it waits for a person."""
    return "\n\n".join(say("course_no_answer", lang) for lang in LANGUAGES)


class Answers:
    """The answers in words of one notebook."""

    def __init__(self, official: list[Json], handed: list[Handed]) -> None:
        self.handed = handed
        pairs = itertools.pairwise(official)
        self.questions = {id_of(cell): plain(text_of(before)) for before, cell in pairs if is_answer(cell)}
        """What is asked, by the answer's id."""
        rest = [cell for cell in official if not id_of(cell)]
        ids, texts = {cell.get("id") for cell in rest}, {plain(text_of(cell)) for cell in rest} - {""}
        self.ours = {place for place, one in enumerate(handed) if ids & {*one.ids} or plain(one.source) in texts}
        """Where the course's own cells stand."""

    def found(self, place: int, cell: Json) -> tuple[str, range]:
        """Return an answer with all that belongs to it, and where that stood; the released text where there is none."""
        run = self._run(place, self.questions.get(id_of(cell), ""))
        texts = [one.source for one in self.handed[run.start : run.stop] if one.source.strip()]
        written = [text for text in texts if not is_unwritten(cell, text)]
        if written or not texts:
            return "\n\n".join(written), run
        return self._elsewhere(run, self.questions.get(id_of(cell), "")) or text_of(cell), run

    def _run(self, place: int, question: str) -> range:
        """Return the answer's place with those of the student's own texts between its question and the next cell."""
        first = last = place
        while self._is_own(first - 1) and not self._is_code(first - 1):
            first -= 1
        while self._is_own(last + 1) and not self._is_code(last + 1):
            last += 1
        asked = plain(self.handed[first - 1].source) if first else ""
        return range(first if question and question in asked else place, last + 1)

    def _elsewhere(self, run: range, question: str) -> str:
        """Return what may be the answer where the placeholder was left: words below the question, or a cell of code."""
        asked = self.handed[run.start - 1].source if run.start else ""
        if question and question in plain(asked) and question != plain(asked):
            return asked
        return no_answer() if self._is_own(run.stop) else ""

    def _is_own(self, place: int) -> bool:
        """Whether there is a cell that is the student's own."""
        return place in range(len(self.handed)) and place not in self.ours

    def _is_code(self, place: int) -> bool:
        """Whether a cell holds code; Jupyter itself leaves an empty one behind."""
        return self.handed[place].kind == "code" and bool(self.handed[place].source.strip())

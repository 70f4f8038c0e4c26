"""Answers in words, found in a notebook by their question.

Ids and metadata help where they are, and are not needed: the cells behind a question are its answer, up to the next
question, heading or code. Knows nothing of how an answer is graded.
"""

from __future__ import annotations

import json
from typing import Any

from grader.course.weeks import Week
from grader.messages import LANGUAGES, say

Cell = dict[str, Any]


def answers_in(notebook: bytes, week: Week) -> dict[str, str]:
    """Return the answers by the number of their question; "" where the place is as it was given.

    A question that the notebook does not have is left out: its answer is not known.
    """
    try:
        cells = [cell for cell in json.loads(notebook)["cells"] if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for number in map(str, range(1, len(week.reasoning) + 1)):
        texts = [*_by_id(cells, number), *_by_question(cells, week, number)]
        if texts:
            found[number] = next((text for text in texts if not _is_blank(text)), "")
    return found


def _is_blank(text: str) -> bool:
    """Whether an answer's place is as it was given."""
    return _plain(text) in ("", *(_plain(say("notebook_answer", lang)) for lang in LANGUAGES))


def _by_id(cells: list[Cell], number: str) -> list[str]:
    """Return the text of the cell that is an answer by its id or nbgrader's metadata."""
    wanted = f"answer-{number}"
    return [_text(cell) for cell in cells if wanted in (cell.get("id"), _grade_id(cell))]


def _grade_id(cell: Cell) -> object:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return marks.get("grade_id") if isinstance(marks, dict) else None


def _by_question(cells: list[Cell], week: Week, number: str) -> list[str]:
    """Return what stands behind the question: in its own cell, and in the cells that follow it."""
    own = _questions(week)[number]
    others = {text for other, texts in _questions(week).items() if other != number for text in texts}
    for index, cell in enumerate(cells):
        plain = _plain(_text(cell))
        asked = next((text for text in own if text in plain), None)
        if asked is None or cell.get("cell_type") == "code":
            continue
        parts = [_behind(_text(cell), asked)]
        for later in cells[index + 1 :]:
            text = _text(later)
            if later.get("cell_type") == "code" or text.lstrip().startswith("#") or _holds(text, others):
                break
            parts.append(text)
        return ["\n\n".join(part.strip() for part in parts if not _is_blank(part))]
    return []


def _questions(week: Week) -> dict[str, list[str]]:
    """Return the texts of a week's questions by number, in both languages."""
    return {
        str(number): [_plain(asked.text[lang]) for lang in LANGUAGES] for number, asked in enumerate(week.reasoning, 1)
    }


def _holds(text: str, questions: set[str]) -> bool:
    plain = _plain(text)
    return any(question in plain for question in questions)


def _behind(text: str, asked: str) -> str:
    """Return the lines of a cell behind the last line of the question in it."""
    lines = text.split("\n")
    end, passed = _plain(text).index(asked) + len(asked), 0
    for count, line in enumerate(lines, 1):
        passed += len(_plain(line))
        if passed >= end:
            return "\n".join(lines[count:])
    return ""


def _text(cell: Cell) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _plain(text: str) -> str:
    """Return the letters and digits of a text: what an editor may change around them does not matter."""
    return "".join(char for char in text.casefold() if char.isalnum())

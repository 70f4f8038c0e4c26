"""Answers in words are found by their question, from any form of submission and any state of a notebook."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.course.weeks import Course, Reasoning, Week
from grader.intake import collect
from grader.intake.words import answers_in
from grader.messages import say
from tests.handed_in import ADD_UP, course_in, put, tarred, zipped

FIRST = Reasoning("Why is the sum of $n$ numbers *not* enough?", "为什么 $n$ 个数的和不够？", 5)
SECOND = Reasoning("What if it were?", "如果够呢？", 3)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def week(toy: Course) -> Week:
    """A week with two questions."""
    import msgspec

    return msgspec.structs.replace(toy.week("1"), reasoning=[FIRST, SECOND])


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, **more}


def asked(number: int, lang: str = "en") -> dict[str, Any]:
    """The cell of a question as the course writes it."""
    one = (FIRST, SECOND)[number - 1]
    return text(say("notebook_question", lang, number=number, points=f"{one.points:g}", text=one.text[lang]))


def blank(lang: str = "en") -> dict[str, Any]:
    return text(say("notebook_answer", lang))


CODE = {"cell_type": "code", "source": ADD_UP.decode()}
CASES = [
    ([asked(1), text("Mean."), asked(2), text("Then.")], {"1": "Mean.", "2": "Then."}),
    ([asked(1, "zh"), text("均值。"), asked(2, "zh"), blank("zh")], {"1": "均值。", "2": ""}),
    ([asked(1), blank(), asked(2), blank()], {"1": "", "2": ""}),
    (
        [asked(1), text(""), text("In two\ncells"), text("like this"), CODE, text("no")],
        {"1": "In two\ncells\n\nlike this"},
    ),
    (
        [text(f"{asked(1)['source']}\n\nBelow it."), blank(), text("# Next"), text("no")],
        {"1": "Below it."},
    ),
    (
        [text("moved", id="answer-1"), text("too", metadata={"nbgrader": {"grade_id": "answer-2"}})],
        {"1": "moved", "2": "too"},
    ),
    ([text("WHY is the sum\nof $n$ numbers not enough"), text("Edited question.")], {"1": "Edited question."}),
    ([asked(1), text("Mean.", id="answer-1")], {"1": "Mean."}),
    ([CODE], {}),
]


@pytest.mark.parametrize(("cells", "answers"), CASES)
def test_an_answer_is_found_by_its_question(week: Week, cells: list[dict[str, Any]], answers: dict[str, str]) -> None:
    """Ids and metadata are not needed; a place left as it was is "", a question that is not there is unknown."""
    notebook = json.dumps({"cells": cells}).encode()

    assert answers == answers_in(notebook, week)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"cells": 5}', b'{"cells": [5, {"source": 5}]}', b"[" * 100_000])
def test_what_is_no_notebook_has_no_answers(week: Week, data: bytes) -> None:
    """Nothing is known of answers where there is no notebook."""
    assert {} == answers_in(data, week)


@pytest.mark.parametrize(
    "shape", ["alice.zip", "alice.tar.gz", "alice/ps1/my work.ipynb", "doealice_501_9_hw.ipynb", "alice.ipynb"]
)
def test_the_notebook_comes_along_from_every_form(toy: Course, week: Week, tmp_path: Path, shape: str) -> None:
    """Folder, archive and single file give the same notebook, also when the code stands in a module beside it."""
    data = json.dumps({"cells": [CODE, asked(1), text("Mean.")]}).encode()
    packed = {"zip": zipped, "gz": tarred}.get(shape.rpartition(".")[2])
    put(tmp_path, {shape: packed({"hw.ipynb": data, "add_up.py": ADD_UP}) if packed else data})

    (alice,) = collect(tmp_path, toy, None, None)

    assert {"1": "Mean."} == answers_in(alice.notebooks[week.name], week)


def test_a_notebook_of_words_alone_comes_along(toy: Course, week: Week, tmp_path: Path) -> None:
    """Where the week is known, a notebook without code is kept for its words."""
    words = json.dumps({"cells": [asked(1), text("Mean.")]}).encode()
    put(tmp_path / "alice/week01_sums", {"add_up.py": ADD_UP, "answers.ipynb": words})

    (alice,) = collect(tmp_path, toy, None, None)

    assert {"1": "Mean."} == answers_in(alice.notebooks[week.name], week)

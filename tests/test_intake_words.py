"""The notebook with the answers in words comes along from any form of submission."""

import json
from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.intake import collect
from tests.handed_in import ADD_UP, course_in, put, tarred, zipped

CODE = {"cell_type": "code", "source": ADD_UP.decode()}
WORDS = {"cell_type": "markdown", "source": "Mean."}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize(
    "shape", ["alice.zip", "alice.tar.gz", "alice/ps1/my work.ipynb", "doealice_501_9_hw.ipynb", "alice.ipynb"]
)
def test_the_notebook_comes_along_from_every_form(toy: Course, tmp_path: Path, shape: str) -> None:
    """Folder, archive and single file give the same notebook, also when the code stands in a module beside it."""
    data = json.dumps({"cells": [CODE, WORDS]}).encode()
    packed = {"zip": zipped, "gz": tarred}.get(shape.rpartition(".")[2])
    put(tmp_path, {shape: packed({"hw.ipynb": data, "add_up.py": ADD_UP}) if packed else data})

    (alice,) = collect(tmp_path, toy, None, None)

    assert b"Mean." in alice.notebooks["week01_sums"]


def test_a_notebook_of_words_alone_comes_along(toy: Course, tmp_path: Path) -> None:
    """Where the week is known, a notebook without code is kept for its words."""
    words = json.dumps({"cells": [WORDS]}).encode()
    put(tmp_path / "alice/week01_sums", {"add_up.py": ADD_UP, "answers.ipynb": words})

    (alice,) = collect(tmp_path, toy, None, None)

    assert b"Mean." in alice.notebooks["week01_sums"]

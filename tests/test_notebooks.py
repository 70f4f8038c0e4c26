"""Notebooks: generated from the one source, run by a real kernel from top to bottom, checked by the same judge."""

import ast
import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

from grader import notebook
from grader.course import notebooks, sources, stubs
from grader.course.weeks import Course, Week, default_root
from grader.intake.choosing import place
from grader.intake.folders import read_folder
from grader.intake.notebooks import read_notebook
from grader.messages import LANGUAGES
from tests import tiny

HANDOUT = "# Tiny\n\nBefore.\n\n## Exercise 1: tiny\n\nTwice.\n\n<!-- include: tiny.py double -->\n<!-- /include -->\n\nAfter.\n\n## Sources\n"
EXAMPLES = '"""Examples."""\n\nfrom grader.suite import assert_same\n\nTWO = 2\n\n\ndef test_two(student):\n    """Two."""\n    assert_same(student.double(1), TWO)\n'


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The tiny course with a handout and an example."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/README.md").write_text(HANDOUT, encoding="utf-8")
    (tmp_path / "exercises/week01_tiny/test_tiny.py").write_text(EXAMPLES, encoding="utf-8")
    return course


def cells(course: Course) -> dict[str, str]:
    """The cells of the generated notebook by id."""
    text = stubs.generate(course.weeks[0])["exercises/week01_tiny/week01_tiny.ipynb"]
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(text)["cells"]}


def test_no_notebook_waits_for_a_grammar_of_addresses() -> None:
    """It takes seconds to build, in every command that reads a notebook or nbgrader; whoever wants it still gets it."""
    code = "import sys, grader.gradebook\nfrom grader.course import notebooks\nnotebooks.render([])\n"
    code += "assert 'nbformat' in sys.modules and 'rfc3987_syntax' not in sys.modules"
    for first in ("", "from grader.course import notebooks\nnotebooks.node({'cells': []})\n"):
        subprocess.run([sys.executable, "-c", first + code], check=True)


def test_a_stub_stands_where_the_handout_shows_it(course: Course) -> None:
    """Text, stub, text, what is left of the module, the examples, the check; what is given comes first."""
    found = cells(course)

    names = ["text-1", "set-up", "tiny-text-1", "tiny-given", "tiny-double", "tiny-text-2", "tiny-Counter"]
    assert [*names, "tiny-examples", "tiny", "text-2"] == list(found)
    assert "After." == found["tiny-text-2"] and "write double" in found["tiny-double"]
    assert 'notebook.check("tiny")' == found["tiny"]
    assert "2 * x" not in "".join(found.values())


def test_ids_stay_when_a_text_changes(course: Course) -> None:
    """A changed sentence changes its own lines of the file and no other: that is all that a reader of the diff sees."""
    path = "exercises/week01_tiny/week01_tiny.ipynb"
    before = stubs.generate(course.weeks[0])[path].splitlines()
    handout = course.root / "exercises/week01_tiny/README.md"
    handout.write_text(HANDOUT.replace("Before.", "Before all."), encoding="utf-8")

    after = stubs.generate(course.weeks[0])[path].splitlines()

    assert 1 == sum(one != other for one, other in zip(before, after, strict=True))


def test_a_stale_notebook_is_found_and_a_students_is_kept(course: Course) -> None:
    """A notebook follows its handout, stub and examples; one that somebody worked in is left alone."""
    path = "exercises/week01_tiny/week01_tiny.ipynb"
    stubs.write(course, course.weeks)
    assert [] == stubs.stale(course, course.weeks)

    (course.root / "exercises/week01_tiny/test_tiny.py").write_text(
        EXAMPLES.replace("TWO = 2", "TWO = 2.0"), encoding="utf-8"
    )
    assert [path] == stubs.stale(course, course.weeks)

    (course.root / path).write_text("{}", encoding="utf-8")
    assert [path] == stubs.write(course, course.weeks).kept


def test_examples_are_not_taken_for_answers(course: Course) -> None:
    """A name that an example binds is no part of what is judged."""
    text = stubs.generate(course.weeks[0])["exercises/week01_tiny/week01_tiny.ipynb"]

    read = read_notebook("x", text.encode())

    assert read.defines("double") and not read.defines("TWO") and not read.defines("test_two")


@pytest.mark.parametrize("week", Course(default_root()).weeks, ids=lambda week: week.name)
def test_a_weeks_notebook_holds_every_exercise(week: Week) -> None:
    """Both languages have the same cells; every name to be written has one; no two exercises need a name to differ."""
    texts = stubs.generate(week)
    books = [
        nbformat.reads(texts[f"exercises/{week.name}/{notebooks.name_of(week.name, lang)}"], 4) for lang in LANGUAGES
    ]

    ids = [[cell.id for cell in book.cells if cell.cell_type == "code"] for book in books]
    assert ids[0] == ids[1] and len(set(ids[0])) == len(ids[0])
    assert {f"{item.name}-{name}" for item in week.exercises for name in item.writes} <= set(ids[0])
    assert {} == {name: sources for name, sources in bound(week, texts).items() if len(sources) > 1}
    for book in books:
        nbformat.validate(book)


@pytest.mark.parametrize("week", Course(default_root()).weeks, ids=lambda week: week.name)
def test_a_notebook_gives_an_exercise_all_that_its_module_has(week: Week, tmp_path: Path) -> None:
    """What is given beside the stubs comes along, for tests may use it; it was lost."""
    texts = stubs.generate(week)
    (tmp_path / "mine.ipynb").write_text(texts[f"exercises/{week.name}/{week.name}.ipynb"], encoding="utf-8")
    files = place(read_folder(tmp_path), [week], week).files[week.name]

    for item in week.exercises:
        module = texts[f"exercises/{week.name}/{item.name}.py"].encode()
        assert names_in(module) == names_in(files[f"{item.name}.py"]), item.name


def names_in(source: bytes) -> set[str]:
    """What a module binds at its top, imports aside."""
    return {name for node in ast.parse(source).body for name in sources.bound(node)}


def bound(week: Week, texts: dict[str, str]) -> dict[str, set[str]]:
    """What each name is bound to at the top of the week's stubs, by import too: a notebook has room for one meaning."""
    found: dict[str, set[str]] = {}
    for item in week.exercises:
        for node in ast.parse(texts[f"exercises/{week.name}/{item.name}.py"]).body:
            for name in sources.bound(node):
                found.setdefault(name, set()).add(ast.dump(node))
            for one in node.names if isinstance(node, ast.Import | ast.ImportFrom) else []:
                name = one.asname or one.name.partition(".")[0]
                found.setdefault(name, set()).add(f"{getattr(node, 'module', '')}.{one.name}".strip("."))
    return found


def checked(monkeypatch: pytest.MonkeyPatch, week: Week, lang: str, cell: str) -> str:
    """What the last check of a week's notebook says in a kernel that ran its first cell and then another."""
    texts = stubs.generate(week)
    book = nbformat.reads(texts[f"exercises/{week.name}/{notebooks.name_of(week.name, lang)}"], 4)
    begin = next(one.source for one in book.cells if one.id == "set-up").splitlines()[-1]
    ran = types.SimpleNamespace(history_manager=types.SimpleNamespace(input_hist_raw=["", begin, cell, "…"]))
    monkeypatch.setattr(notebook, "_shell", lambda: ran)
    monkeypatch.setattr(notebook, "_engine", lambda: None)
    exec(begin, {"notebook": notebook})
    return repr(notebook.check(week.exercises[0].name))


@pytest.mark.parametrize(("lang", "said"), [("en", "Code cell 2 is not"), ("zh", "第 2 个代码单元")])
def test_a_check_speaks_the_notebooks_language_and_counts_as_the_kernel(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """The cell beside which In[2] stands is the second, and a Chinese notebook answers in Chinese on any machine."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    assert said in checked(monkeypatch, Course(default_root()).week("5"), lang, "x = (")


def test_the_comments_of_a_chinese_notebook_are_chinese() -> None:
    """Those of its first cell and of its examples, too."""
    week = Course(default_root()).week("5")
    book = nbformat.reads(stubs.generate(week)[f"exercises/{week.name}/{notebooks.name_of(week.name, 'zh')}"], 4)
    ours = [one.source.splitlines() for one in book.cells if one.id == "set-up" or one.id.endswith("-examples")]

    comments = [line for lines in ours for line in lines if line.startswith("# ") and "(student)" not in line]
    assert 2 < len(comments) and all(re.search("[\u4e00-\u9fff]", line) for line in comments)


def test_a_real_kernel_runs_it_from_top_to_bottom(tmp_path: Path) -> None:
    """With one exercise written, the others not: no cell stops the run, and each check shows its own report as HTML."""
    week = Course(default_root()).week("5")
    book = json.loads(stubs.generate(week)[f"exercises/{week.name}/{week.name}.ipynb"])
    written = (week.solutions / "attention.py").read_text(encoding="utf-8")
    next(cell for cell in book["cells"] if cell["id"] == "attention-padding_mask")["source"] = written
    book["cells"].append(nbformat.v4.new_code_cell("test_worked_example", id="last"))
    book["cells"].append(nbformat.v4.new_code_cell('notebook.check("attention", "en", device="cuda")', id="gpu"))
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")

    command = [sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace", str(path)]
    own = {name: str(tmp_path) for name in ("HOME", "IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")}
    env = {**os.environ, **own, "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr
    outputs = {
        cell["id"]: cell["outputs"] for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"
    }
    page, text = shown(outputs["attention"])
    assert "32 of 32 points" in page and page.startswith("<pre")
    assert "32 of 32 points" in text and "FAILED" not in text
    assert "not begun" in shown(outputs["heatmap"])[0]
    on_a_gpu = shown(outputs["gpu"])[1]  # judged there and said so, or told in a sentence why it cannot be
    assert "judged on cuda" in on_a_gpu if torch.cuda.is_available() else "There is no device cuda here" in on_a_gpu


def shown(outputs: list[dict[str, Any]]) -> tuple[str, str]:
    """What a check cell shows, once: HTML and plain text."""
    (output,) = outputs
    data = output["data"]
    return "".join(data["text/html"]), "".join(data["text/plain"])

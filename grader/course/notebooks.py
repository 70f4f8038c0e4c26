"""A week as a notebook: the handout, the stubs and the visible examples, cell by cell, under ids that stay.

The stubs stand in the order of their module, each where the handout shows it; a check cell ends every exercise.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from grader.course import experiments, markers
from grader.course.weeks import HANDOUTS, Exercise, Week
from grader.messages import say

SUFFIXES = {"en": "", "zh": ".zh-CN"}
BLOCK = re.compile(r"<!-- include: (\S+) (\S+) -->\n(.*?)<!-- /include -->\n?", re.DOTALL)
LABEL_MARK = re.compile(r"<!-- /?label\b.*? -->\n")
ID_LENGTH = 64
EXPERIMENT = "experiment-"
SET_UP = """\
{comments}
COURSE = "https://github.com/…"
try:
    from grader import notebook
except ModuleNotFoundError:
    assert "…" not in COURSE, "Write the address of the course into COURSE. 请把课程的地址写入 COURSE。"
    !git clone -q --depth 1 $COURSE course
    %pip install -q msgspec jaxtyping watchfiles pytest-timeout
    %pip install -q --no-deps -e course
    __import__("site").main()  # {kernel}
    from grader import notebook

notebook.begin("{week}"{lang})"""
EXAMPLES = """\
# {comment}
# {first}(student)
with notebook.examples() as student:
"""
BEGUN = re.compile(r'notebook\.begin\(\\"\w+\\"(, lang=\\"zh\\")?\)')
"""As `SET_UP` ends, in a notebook's file."""
KERNEL = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}

Role = Literal["text", "given", "solution", "grade", "answer"]


class Cell(msgspec.Struct, frozen=True):
    """One cell. A "grade" cell carries an exercise's points, an "answer" is written in words and graded by hand."""

    id: str
    source: str
    role: Role = "text"
    points: float = 0

    @property
    def is_code(self) -> bool:
        return self.role in ("given", "solution", "grade")


Metadata = Callable[[Cell], dict[str, Any]]


def import_jsonschema() -> None:
    """Import what nbformat checks notebooks with, but not its grammar of international addresses.

    Where Jupyter is installed jsonschema imports that too: it takes 3 s to build, and no notebook has such addresses.
    """
    grammar = "rfc3987_syntax"
    if {"jsonschema", grammar} & sys.modules.keys():
        return
    sys.modules[grammar] = None  # type: ignore[assignment]
    try:
        import jsonschema  # type: ignore[import-untyped, unused-ignore]  # noqa: F401
    finally:
        del sys.modules[grammar]


def _nbformat() -> Any:
    """Import nbformat where it is needed: it is slow to import, and most commands need no notebook."""
    import_jsonschema()
    import nbformat

    return nbformat


def render(cells: list[Cell], metadata: Metadata | None = None) -> str:
    """Return the text of a notebook; `metadata` gives what a cell carries beside its source."""
    nbformat = _nbformat()
    make = nbformat.v4
    nodes = []
    for cell in cells:
        new = make.new_code_cell if cell.is_code else make.new_markdown_cell
        told = metadata(cell) if metadata else {}
        if cell.id.startswith(
            EXPERIMENT
        ):  # it needs what is perhaps not written yet: the cells behind it run all the same
            told["tags"] = ["raises-exception"]
        nodes.append(new(cell.source, id=cell.id[:ID_LENGTH], metadata=told))
    whole = make.new_notebook(cells=nodes, metadata={**KERNEL, "language_info": {"name": "python"}})
    return str(nbformat.writes(whole)) + "\n"


def node(content: dict[str, Any]) -> Any:
    """Return a notebook as nbformat's own object, brought to the newest minor version."""
    return _nbformat().reads(json.dumps(content), as_version=4)


def name_of(week: str, lang: str) -> str:
    """Return the file name of a week's notebook."""
    return f"{week}{SUFFIXES[lang]}.ipynb"


def language_of(text: str) -> str | None:
    """Return the language of a notebook of ours, by its file's text; None where it does not tell."""
    begun = BEGUN.search(text)
    return ("zh" if begun[1] else "en") if begun else None


def generate(week: Week, texts: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the week's notebooks by path under the root; a week without a handout has none.

    `texts` holds, for each language, the week's generated files and its handout, by path under the root.
    """
    made = {}
    for lang, seen in texts.items():
        if f"exercises/{week.name}/{HANDOUTS[lang]}" in seen:
            made[f"exercises/{week.name}/{name_of(week.name, lang)}"] = render(cells_of(week, seen, lang))
    return made


def cells_of(week: Week, texts: dict[str, str], lang: str, points: dict[str, float] | None = None) -> list[Cell]:
    """Return the cells of a week's notebook; `points` is what the exercises are worth, by name."""
    folder = f"exercises/{week.name}/"
    sections = re.split(r"(?m)^(?=## )", texts[folder + HANDOUTS[lang]])
    waiting = {item.name: item for item in week.exercises}
    cells: list[Cell] = []
    texts_seen = 0
    # A notebook in Chinese is answered in Chinese, whatever the machine speaks.
    told = {"lang": ', lang="zh"' if lang == "zh" else "", "kernel": say("notebook_kernel", lang)}
    set_up = SET_UP.format(week=week.name, comments=say("notebook_set_up", lang), **told)
    for section in sections:
        shown = (match[1].removesuffix(".py") for match in BLOCK.finditer(section))
        exercise = next((waiting.pop(name) for name in shown if name in waiting), None)
        if exercise:
            cells += _exercise(week, exercise, texts[f"{folder}{exercise.name}.py"], section, points or {}, lang)
        else:
            for cell in _handout_cells(section):
                texts_seen += cell.role == "text"
                cells.append(msgspec.structs.replace(cell, id=cell.id or f"text-{texts_seen}"))
                if texts_seen == 1 and cell.role == "text":
                    cells.append(Cell("set-up", set_up, "given"))
    for exercise in waiting.values():
        head = f"## {exercise.title[lang]}"
        cells += _exercise(week, exercise, texts[f"{folder}{exercise.name}.py"], head, points or {}, lang)
    return cells + list(_questions(week, lang))


def _handout_cells(section: str) -> Iterator[Cell]:
    """Yield the cells of a section that shows no exercise: text without an id yet, and experiments."""
    place = 0
    for match in experiments.BLOCK.finditer(section):
        asked, *code = experiments.CODE.split(match[2])
        if text := f"{_plain(section[place : match.start()])}\n\n{asked}".strip():
            yield Cell("", text)
        yield Cell(f"{EXPERIMENT}{match[1]}", "".join(code).strip(), "given")
        place = match.end()
    if text := _plain(section[place:]):
        yield Cell("", text)


def _plain(text: str) -> str:
    """Return a handout's text without the marks of its generated blocks."""
    return LABEL_MARK.sub("", BLOCK.sub(r"\3", text)).strip()


def _questions(week: Week, lang: str) -> Iterator[Cell]:
    for number, asked in enumerate(week.reasoning, 1):
        values = {"number": number, "points": f"{asked.points:g}", "text": asked.zh if lang == "zh" else asked.en}
        yield Cell(f"question-{number}", say("notebook_question", lang, **values))
        yield Cell(f"answer-{number}", say("notebook_answer", lang), "answer", asked.points)


def _exercise(
    week: Week, exercise: Exercise, stub: str, section: str, points: dict[str, float], lang: str
) -> list[Cell]:
    """Lay the stub into a section of the handout, each part where it is shown, and end with examples and check."""
    chunks, made, place = _chunks(exercise, stub), list[Cell](), 0

    def tell(text: str) -> None:
        if shown := _plain(text):
            number = sum(cell.role == "text" for cell in made) + 1
            made.append(Cell(f"{exercise.name}-text-{number}", shown))

    def write_until(wanted: str | None) -> None:
        """Write the chunks up to the wanted one, or all that are left; the order is always the module's."""
        if wanted is None or any(chunk.id == wanted for chunk in chunks):
            while chunks:
                made.append(chunks.pop(0))
                if made[-1].id == wanted:
                    break

    for match in BLOCK.finditer(section):
        file, name, code = match.groups()
        if file == f"{exercise.name}.py":
            tell(section[place : match.start()])
            write_until(f"{exercise.name}-{name}")
        else:
            tell(section[place : match.start()] + code)
        place = match.end()
    tell(section[place:])
    write_until(None)
    examples = _examples(week, exercise.name, lang)
    check = Cell(exercise.name, f'notebook.check("{exercise.name}")', "grade", points.get(exercise.name, 0))
    return [*made, *([examples] if examples else []), check]


def _chunks(exercise: Exercise, stub: str) -> list[Cell]:
    """Cut a stub into cells: every definition that is to be written stands alone, what is given stands together.

    A bug may be in any definition, so in a program with one they all stand alone.
    """
    lines, body = stub.splitlines(), ast.parse(stub).body
    first = 1 if body and ast.get_docstring(ast.parse(stub)) is not None else 0
    begin = (body[0].end_lineno or 0) if first else 0
    chunks: list[Cell] = []
    given: list[str] = []

    def keep_given() -> None:
        text = "\n".join(given).strip("\n")
        if text:
            number = sum(cell.role == "given" for cell in chunks) + 1
            chunks.append(Cell(f"{exercise.name}-given" + (f"-{number}" if number > 1 else ""), text, "given"))
        given.clear()

    for item in body[first:]:
        text = lines[begin : item.end_lineno]
        begin = item.end_lineno or begin
        name = getattr(item, "name", "")
        if name and (exercise.kind == "find_the_bug" or markers.UNWRITTEN.search("\n".join(text))):
            keep_given()
            chunks.append(Cell(f"{exercise.name}-{name}", "\n".join(text).strip("\n"), "solution"))
        else:
            given += text
    given += lines[begin:]
    keep_given()
    return chunks


def _examples(week: Week, exercise: str, lang: str) -> Cell | None:
    """Return the visible examples as a cell that defines them inside a block: nothing there is taken for an answer."""
    path = week.examples(exercise)
    if not path.is_file():
        return None
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    begin = (tree.body[0].end_lineno or 0) if ast.get_docstring(tree) is not None else 0
    code = "\n".join(source.splitlines()[begin:]).strip("\n")
    first = next((item.name for item in tree.body if getattr(item, "name", "").startswith("test_")), "test")  # type: ignore[attr-defined]
    code = EXAMPLES.format(first=first, comment=say("notebook_examples", lang)) + textwrap.indent(code, "    ")
    return Cell(f"{exercise}-examples", code, "given")

"""Notebooks: a student's definitions, taken by name, as the source of a module.

Kept are the wanted names and what they need at top level, in the order of the cells: imports, functions, classes,
assignments, and the statements that change what they need (`SCALE /= 2`, `table.append(1)`, a loop that fills a list).
Calls for their own sake, checks, magics, outputs, metadata and cell ids do not matter. Of a name that is defined twice
the last definition counts, but a definition that is still the stub never replaces one that is written.
Cells are read as JSON, not by nbformat: only their source matters, and what else is wrong with a notebook must not.
"""

from __future__ import annotations

import ast
import bisect
import json
import re
import warnings
from typing import Any

from grader.intake.entries import MODULE_BYTES, Piece, Refused, size_of
from grader.intake.statements import Statement, statements_of
from grader.intake.work import UNREADABLE

MAGIC = re.compile(r"[%!?]|[\w. ,]+=\s*[%!]|[\w.]+\?{1,2}$")
PYTHON_CELL = re.compile(r"%%(?:time|timeit|capture|prun|python3?|writefile\s+(?:-a\s+)?\S+\.py)\b")
AS_MODULE = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"(?:cells|metadata|nbformat|nbformat_minor|worksheets)"\s*+:')
MAGIC_TRIES = 5
MAGIC_LINE = 300
"""Characters of a line that are looked at: what strangers send costs no more."""


class Notebook:
    """The statements of a notebook; the cells that could not be read, by number and reason; code outside code cells."""

    def __init__(
        self, statements: list[Statement], unreadable: list[tuple[int, str]], texts: list[tuple[int, str]]
    ) -> None:
        self.statements = statements
        self.unreadable = unreadable
        self.texts = texts
        """Cells that are no code, by their number among all cells."""
        self._data = {name for one in statements if one.data for name in one.binds}
        self._all = _places([one.binds for one in statements])
        self._written = _places([set() if one.stub else one.binds for one in statements])
        self._changes = _places([one.changes | (one.methods & self._data) for one in statements])

    def defines(self, name: str) -> bool:
        return name in self._all

    def repeated(self, name: str) -> int | None:
        """Return the cell whose definition of `name` counts when there are several; None when there is one."""
        written = self._written.get(name, [])
        return self.statements[written[-1]].cell if len(written) > 1 else None

    def in_words(self, name: str) -> int | None:
        """Return the number of a cell that is no code and defines `name`; None when there is none."""
        pattern = re.compile(rf"(?m)^(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b")
        return next((number for number, text in self.texts if pattern.search(text)), None)

    def module(self, names: list[str]) -> bytes:
        """Return the source of a module that defines `names`, and with them what they need."""
        kept = sorted(self._needed(names), key=lambda index: (not self.statements[index].future, index))
        lines, cell = [], 0
        for index in kept:
            one = self.statements[index]
            if one.cell != cell:
                lines.append(f"\n# cell {one.cell}")
                cell = one.cell
            lines.append(one.text)
        return ("\n".join(lines).strip("\n") + "\n").encode()

    def left_out(self, names: list[str]) -> list[dict[str, str]]:
        """Return what is not in the module of `names` and may change what it needs: cell, text, and the name needed."""
        kept = self._needed(names)
        needed = self._data & {name for index in kept for name in self.statements[index].binds}
        left = []
        for index, one in enumerate(self.statements):
            name = min(one.touches & needed, default=None)
            if name is not None and index not in kept:
                left.append({"cell": str(one.cell), "text": one.text.partition("\n")[0], "name": name})
        return left

    def _needed(self, names: list[str]) -> set[int]:
        end = len(self.statements)
        chosen: set[int] = set()
        todo = [index for index, one in enumerate(self.statements) if one.always]
        for name in names:
            todo += self._making(name, end)
        while todo:
            index = todo.pop()
            if index in chosen:
                continue
            chosen.add(index)
            one = self.statements[index]
            for name in one.now:
                todo += self._making(name, index)
            for name in one.later:
                todo += self._making(name, end)
        return chosen

    def _making(self, name: str, end: int) -> list[int]:
        """Return the statements that make `name` what it is at `end`: its binding, and what changes it after that."""
        binding = self._binding(name, end)
        if binding is None:
            return []
        changes = self._changes.get(name, [])
        first = bisect.bisect_right(changes, binding)
        return [binding, *changes[first : bisect.bisect_left(changes, end)]]

    def _binding(self, name: str, end: int) -> int | None:
        """Return the statement whose definition of `name` counts at `end`; when none does, the one that counts last."""
        for until in (end, len(self.statements)):
            for found in (self._written.get(name, []), self._all.get(name, [])):
                place = bisect.bisect_left(found, until)
                if place:
                    return found[place - 1]
        return None


def _places(names: list[set[str]]) -> dict[str, list[int]]:
    """Return by name at which places of a list it stands."""
    found: dict[str, list[int]] = {}
    for index, here in enumerate(names):
        for name in here:
            found.setdefault(name, []).append(index)
    return found


def is_notebook(piece: Piece) -> bool:
    """Whether a file is a notebook, also one that was saved under the name of a module."""
    name = piece.name.lower()
    return name.endswith(".ipynb") or (name.endswith(".py") and AS_MODULE.match(piece.data) is not None)


def read_notebook(name: str, data: bytes) -> Notebook:
    """Read the code cells of a notebook.

    Raises:
        Refused: not a notebook, or too much code.
    """
    cells = _cells(name, data)
    sources = [source for kind, source in cells if kind == "code"]
    if sum(map(len, sources)) > MODULE_BYTES:
        raise Refused("intake_code_too_large", file=name, limit=size_of(MODULE_BYTES))
    statements: list[Statement] = []
    unreadable: list[tuple[int, str]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's odd escape sequences are not our warnings
        for number, source in enumerate(sources, 1):
            try:
                statements += statements_of(number, _python(source))
            except UNREADABLE as error:
                reason = getattr(error, "msg", None) or error.args[0] if error.args else type(error).__name__
                unreadable.append((number, str(reason)))
    texts = [(number, source) for number, (kind, source) in enumerate(cells, 1) if kind != "code"]
    return Notebook(statements, unreadable, texts)


def _cells(name: str, data: bytes) -> list[tuple[str, str]]:
    """Return the kind and the source of every cell."""
    try:
        return [(str(cell.get("cell_type")), source_of(cell)) for cell in cells_in(data)]
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("intake_notebook", file=name, problem=error) from None
    except (AttributeError, KeyError, TypeError):
        raise Refused("intake_notebook", file=name, problem="cells") from None


def cells_in(data: bytes) -> list[Any]:
    """Return the cells of a notebook as its JSON has them.

    Raises:
        ValueError, RecursionError, MemoryError, AttributeError, KeyError, TypeError: it is no notebook.
    """
    content = json.loads(data)
    sheets = content.get("worksheets") or [content]  # format 3 and older
    return [cell for sheet in sheets for cell in sheet["cells"]]


def source_of(cell: Any) -> str:
    """Return the source of a cell, which has no half characters."""
    source = cell.get("source", cell.get("input", ""))
    return "".join(source if isinstance(source, list) else [source]).encode("utf-8", "replace").decode()


def _python(source: str) -> str:
    """Return a cell without its magics; "" when the cell is in another language."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    head, _, rest = source.lstrip().partition("\n")
    if head.startswith("%%"):
        source = rest if PYTHON_CELL.match(head) else ""
    for _ in range(MAGIC_TRIES):
        try:
            ast.parse(source)
            return source
        except SyntaxError as error:
            lines = source.split("\n")
            number = (error.lineno or 0) - 1
            if not 0 <= number < len(lines) or not _is_magic(lines[number]):
                break
            lines[number] = _blank(lines[number])
            source = "\n".join(lines)
    return "\n".join(_blank(line) if _is_magic(line) else line for line in source.split("\n"))


def _is_magic(line: str) -> bool:
    return MAGIC.match(line.strip()[:MAGIC_LINE]) is not None


def _blank(line: str) -> str:
    return f"{line[: len(line) - len(line.lstrip())]}pass"

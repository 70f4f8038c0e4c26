"""Notebooks: a student's definitions, taken by name, as the source of a module.

Kept are the wanted names and what they need at top level: imports, functions, classes, plain assignments, in the order
of the cells. Calls, checks, magics, outputs, metadata and cell ids do not matter. Of a name that is defined twice the
last definition counts, but a definition that is still the stub never replaces one that is written.
Cells are read as JSON, not by nbformat: only their source matters, and what else is wrong with a notebook must not.
"""

from __future__ import annotations

import ast
import bisect
import json
import re
import symtable
import warnings
from typing import Any

import msgspec

from grader.intake.entries import MODULE_BYTES, Piece, Refused

MAGIC = re.compile(r"[%!?]|[\w. ,]+=\s*[%!]|[\w.]+\?{1,2}$")
PYTHON_CELL = re.compile(r"%%(?:time|timeit|capture|prun|python3?|writefile\s+(?:-a\s+)?\S+\.py)\b")
STUB = re.compile(r"NotImplementedError\(\s*[\"']week ")
BLOCKS = (ast.If, ast.Try)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
AS_MODULE = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"(?:cells|metadata|nbformat|nbformat_minor|worksheets)"\s*+:')
MAGIC_TRIES = 5
MAGIC_LINE = 300
"""Characters of a line that are looked at: what strangers send costs no more."""


class Statement(msgspec.Struct, frozen=True):
    """One statement at top level that may be kept."""

    cell: int
    text: str
    binds: frozenset[str]
    now: frozenset[str]
    """Names that it needs when it runs."""
    later: frozenset[str]
    """Names that it needs when it is called."""
    always: bool = False
    """Whether it is kept whatever is wanted: what it binds or changes cannot be told."""
    future: bool = False
    stub: bool = False


class Notebook:
    """The statements of a notebook and the cells that could not be read, by number and reason."""

    def __init__(self, statements: list[Statement], unreadable: list[tuple[int, str]]) -> None:
        self.statements = statements
        self.unreadable = unreadable
        self._all: dict[str, list[int]] = {}
        self._written: dict[str, list[int]] = {}
        for index, one in enumerate(statements):
            for name in one.binds:
                self._all.setdefault(name, []).append(index)
                if not one.stub:
                    self._written.setdefault(name, []).append(index)

    def defines(self, name: str) -> bool:
        return name in self._all

    def repeated(self, name: str) -> int | None:
        """Return the cell whose definition of `name` counts when there are several; None when there is one."""
        written = self._written.get(name, [])
        return self.statements[written[-1]].cell if len(written) > 1 else None

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

    def _needed(self, names: list[str]) -> set[int]:
        chosen = {index for index, one in enumerate(self.statements) if one.always}
        todo = [*chosen, *(index for name in names if (index := self._binding(name)) is not None)]
        while todo:
            index = todo.pop()
            chosen.add(index)
            one = self.statements[index]
            wanted = {self._binding_before(name, index) for name in one.now}
            wanted |= {self._binding(name) for name in one.later}
            todo += [each for each in wanted if each is not None and each not in chosen]
        return chosen

    def _binding(self, name: str) -> int | None:
        """Return the statement whose definition of `name` counts in the end."""
        found = self._written.get(name) or self._all.get(name)
        return found[-1] if found else None

    def _binding_before(self, name: str, index: int) -> int | None:
        """Return the statement that defines `name` when statement `index` runs; when none does, the last one."""
        for found in (self._written.get(name, []), self._all.get(name, [])):
            place = bisect.bisect_left(found, index)
            if place:
                return found[place - 1]
        return self._binding(name)


def is_notebook(piece: Piece) -> bool:
    """Whether a file is a notebook, also one that was saved under the name of a module."""
    name = piece.name.lower()
    return name.endswith(".ipynb") or (name.endswith(".py") and AS_MODULE.match(piece.data) is not None)


def read_notebook(name: str, data: bytes) -> Notebook:
    """Read the code cells of a notebook.

    Raises:
        Refused: not a notebook, or too much code.
    """
    sources = _sources(name, data)
    if sum(map(len, sources)) > MODULE_BYTES:
        raise Refused("intake_too_large", file=name, limit="1 MB")
    statements: list[Statement] = []
    unreadable: list[tuple[int, str]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's odd escape sequences are not our warnings
        for number, source in enumerate(sources, 1):
            try:
                statements += _statements(number, _python(source))
            except UNREADABLE as error:
                reason = getattr(error, "msg", None) or type(error).__name__
                unreadable.append((number, str(reason)))
    return Notebook(statements, unreadable)


def _sources(name: str, data: bytes) -> list[str]:
    """Return the source of every code cell."""
    try:
        content = json.loads(data)
        sheets = content.get("worksheets") or [content]  # format 3 and older
        cells = [cell for sheet in sheets for cell in sheet["cells"] if cell.get("cell_type") == "code"]
        sources = [_joined(cell.get("source", cell.get("input", ""))) for cell in cells]
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("intake_notebook", file=name, problem=error) from None
    except (AttributeError, KeyError, TypeError):
        raise Refused("intake_notebook", file=name, problem="cells") from None
    return [source.encode("utf-8", "replace").decode() for source in sources]


def _joined(source: Any) -> str:
    return "".join(source if isinstance(source, list) else [source])


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


def _statements(cell: int, source: str) -> list[Statement]:
    """Return the statements of a cell that may be kept."""
    lines = [line.encode() for line in source.split("\n")]
    found = []
    for node in ast.parse(source).body:
        if _is_kept(node):
            found.append(_statement(cell, node, _text(node, lines)))
    return found


def _is_kept(node: ast.stmt) -> bool:
    """Whether a statement only names things: imports, definitions, plain assignments, and choices between such."""
    if isinstance(node, BLOCKS):
        return all(_is_kept(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)) and all(
            _is_kept(child) for handler in getattr(node, "handlers", []) for child in handler.body
        )
    if isinstance(node, ast.Assign):
        return all(_is_plain(target) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return _is_plain(node.target) and node.value is not None
    return isinstance(node, (*DEFINITIONS, ast.Import, ast.ImportFrom, ast.Pass))


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain(item) for item in target.elts)
    return isinstance(target, ast.Name)


def _text(node: ast.stmt, lines: list[bytes]) -> str:
    """Return a statement's own text, decorators included, also when it shares its line."""
    decorators = getattr(node, "decorator_list", [])
    first, begin = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    own = lines[first - 1 : node.end_lineno]
    own[-1] = own[-1][: node.end_col_offset]
    own[0] = own[0][begin:]
    return b"\n".join(own).decode()


def _statement(cell: int, node: ast.stmt, text: str) -> Statement:
    now, later = _uses(text)
    defines = isinstance(node, DEFINITIONS)
    if not defines:
        now, later = now | later, set()
    star = isinstance(node, ast.ImportFrom) and any(item.name == "*" for item in node.names)
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    stub = defines and STUB.search(text) is not None
    return Statement(
        cell, text, frozenset(_bound(node)), frozenset(now), frozenset(later), star or future, future, stub
    )


def _bound(node: ast.AST) -> set[str]:
    """Return the names that a kept statement binds at top level."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.alias):
        return {node.asname or node.name.partition(".")[0]}
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Assign):
        return {name for target in node.targets for name in _bound(target)}
    if isinstance(node, ast.AnnAssign):
        return _bound(node.target)
    inner = (ast.stmt, ast.alias, ast.excepthandler) if isinstance(node, ast.stmt | ast.excepthandler) else ast.expr
    return {name for child in ast.iter_child_nodes(node) if isinstance(child, inner) for name in _bound(child)}


def _uses(text: str) -> tuple[set[str], set[str]]:
    """Return the module's names that a statement needs when it runs, and when what it defines is called."""
    now: set[str] = set()
    later: set[str] = set()
    tables = [(symtable.symtable(text, "cell", "exec"), True)]
    while tables:
        table, at_once = tables.pop()
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if (symbol.is_referenced() or symbol.is_declared_global()) and (top or symbol.is_global()):
                (now if at_once else later).add(symbol.get_name())
        tables += [(child, at_once and child.get_type() != "function") for child in table.get_children()]
    return now, later

"""The language of `# BEGIN SOLUTION`, `# INSTEAD` and `# END SOLUTION`: from a solution's text to a stub's text."""

from __future__ import annotations

import ast
import re

BEGIN, INSTEAD, END = "# BEGIN SOLUTION", "# INSTEAD", "# END SOLUTION"
MESSAGE = re.compile(r"week \d\d, \w+: write (.+)")
UNWRITTEN = re.compile(r"NotImplementedError\(\s*[\"']week ")
"""In a source, the place where a stub raises."""


class MarksError(Exception):
    """Unbalanced, nested or misplaced marks; says the line."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}:{line}: {problem}")


def regions(text: str, name: str) -> list[tuple[int, int]]:
    """Return the (begin, end) line indices of every marked block, marks included."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for index, line in enumerate(text.splitlines()):
        mark = line.strip()
        if mark == BEGIN:
            if begin is not None:
                raise MarksError(name, index + 1, f"BEGIN SOLUTION inside the block that began in line {begin + 1}")
            begin = index
        elif mark == END:
            if begin is None:
                raise MarksError(name, index + 1, "END SOLUTION without a BEGIN SOLUTION")
            found.append((begin, index))
            begin = None
        elif mark == INSTEAD and begin is None:
            raise MarksError(name, index + 1, "INSTEAD outside a block of BEGIN SOLUTION and END SOLUTION")
        elif re.search(r"#\s*(BEGIN|END)\s+SOLUTION", line):
            raise MarksError(
                name, index + 1, "a mark stands alone on its line, as '# BEGIN SOLUTION' or '# END SOLUTION'"
            )
    if begin is not None:
        raise MarksError(name, begin + 1, "BEGIN SOLUTION without an END SOLUTION")
    return found


def stub(text: str, name: str, label: str) -> str:
    """Return the stub of a solution.

    A block inside a function becomes one line that raises NotImplementedError("<label>: write <function>");
    a block at module or class level disappears. A block with the mark INSTEAD becomes the lines behind that mark.
    """
    lines = text.splitlines()
    owners = _owners(text)
    for begin, end in reversed(regions(text, name)):
        owner = owners.get(begin + 1)
        planted = _planted(lines, begin, end, name)
        if planted is not None:
            lines[begin : end + 1] = planted
        elif owner is None:
            lines[begin : end + 1] = []
            _close_gap(lines, begin)
        else:
            indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
            lines[begin : end + 1] = [f'{indent}raise NotImplementedError("{message(label, owner)}")']
    return "\n".join(lines).rstrip("\n") + "\n"


def message(label: str, name: str) -> str:
    """Return what a stub says when something that is not written yet is called."""
    return f"{label}: write {name}"


def unwritten(said: str) -> str | None:
    """Return the name in a stub's message; None for any other: libraries raise NotImplementedError too."""
    found = MESSAGE.fullmatch(said)
    return found[1] if found else None


def replacements(text: str, name: str) -> int:
    """Return how many marked blocks have other lines in the stub: the planted bugs."""
    lines = text.splitlines()
    return sum(_planted(lines, begin, end, name) is not None for begin, end in regions(text, name))


def _planted(lines: list[str], begin: int, end: int, name: str) -> list[str] | None:
    """Return the lines that stand behind INSTEAD in a block, without their comment signs; None without that mark."""
    places = [index for index in range(begin, end) if lines[index].strip() == INSTEAD]
    if not places:
        return None
    planted = []
    for index in range(places[0] + 1, end):
        found = re.fullmatch(r"(\s*)# ?(.*)", lines[index])
        if found is None or len(places) > 1:
            raise MarksError(name, index + 1, "every line between INSTEAD and END SOLUTION begins with '# '")
        planted.append((found.group(1) + found.group(2)).rstrip())
    return planted


def _close_gap(lines: list[str], at: int) -> None:
    """Where a block was removed, keep the larger of the gaps before and after it: two empty lines before a class."""
    before, behind = at, at
    while before > 0 and not lines[before - 1].strip():
        before -= 1
    while behind < len(lines) and not lines[behind].strip():
        behind += 1
    keep = max(at - before, behind - at) if before else 0
    lines[before:behind] = [""] * keep


def _owners(text: str) -> dict[int, str]:
    """Map each line inside a function to that function's name, methods as Class.method."""
    owners: dict[int, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                for line in range(child.lineno, (child.end_lineno or child.lineno) + 1):
                    owners.setdefault(line, prefix + child.name)
            elif isinstance(child, ast.ClassDef):
                visit(child, f"{child.name}.")

    visit(ast.parse(text), "")
    return owners

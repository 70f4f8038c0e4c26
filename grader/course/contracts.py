"""The Chinese text of the contracts: a week's contracts.zh.toml, held to the English docstrings that it translates.

    [attention.scaled_dot_product_attention]
    translates = "0123456789abcdef"
    zh = "…"

A table is called by the exercise and the name in its stub: a function, a class, "Class.method", or "module" for the
docstring at the top.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import msgspec

from grader.course.tables import read_table
from grader.course.weeks import Week, short_digest

FILE = "contracts.zh.toml"
TABLE = re.compile(r'^\[(\w+)\.(?:"([\w.]+)"|(\w+))\]$', re.MULTILINE)
STAMP = re.compile(r'translates = "\w*"\n')
CODE = re.compile(r"`([a-z_][\w.]*(?:\((?:\w+(?:,\s+\w+)*)?\))?)`", re.ASCII | re.IGNORECASE)
"""A name or a plain call: no language says it otherwise."""


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One docstring in Chinese, and the key of the English text that it translates."""

    zh: str
    translates: str = ""


Contracts = dict[str, Contract]
"""The contracts of one exercise by name."""


def read(week: Week) -> dict[str, Contracts]:
    """Return the contracts of a week by exercise; none where there is no file.

    Raises:
        UserError: unknown keys or wrong types, with file and key.
    """
    path = week.folder / FILE
    found = read_table(week.root, path, dict[str, Contracts]) if path.is_file() else {}
    return {exercise: {name: one for name, one in known.items() if one.zh.strip()} for exercise, known in found.items()}


def in_chinese(stub: str, contracts: Contracts) -> str:
    """Return a stub with the docstrings that are translated in Chinese."""
    lines = stub.splitlines()
    for name, node in reversed(list(_documented(stub))):
        if name in contracts:
            indent = " " * node.col_offset
            mark = 'r"""' if "\\" in contracts[name].zh else '"""'
            text = contracts[name].zh.strip("\n").splitlines()
            shown = [f"{indent}{line}" if line.strip() else "" for line in text]
            shown[0] = f"{indent}{mark}{text[0]}"
            end = [f'{indent}"""'] if len(text) > 1 else []
            shown[-1] += "" if end else '"""'
            lines[node.lineno - 1 : node.end_lineno] = shown + end
    return "\n".join(lines) + "\n"


def docstrings(stub: str) -> dict[str, str]:
    """Return the docstrings of a stub by the names that contracts call them by."""
    return {name: inspect.cleandoc(str(node.value)) for name, node in _documented(stub)}


def problems(week: Week, stubs: dict[str, str]) -> list[str]:
    """Say which docstrings have no Chinese text, an outdated one or one with other names of code.

    Nothing is said in a week that translates none.
    """
    known = read(week)
    if not known:
        return []
    found = [f"{FILE} has contracts of {name}, which is no exercise" for name in known.keys() - stubs.keys()]
    for exercise, stub in stubs.items():
        english, chinese = docstrings(stub), known.get(exercise, {})
        found += [f"{FILE} lacks {exercise}.{name}" for name in english.keys() - chinese.keys()]
        found += [f"{FILE} has {exercise}.{name}, and the stub has none" for name in chinese.keys() - english.keys()]
        for name in english.keys() & chinese.keys():
            where = f"{FILE}: {exercise}.{name}"
            if chinese[name].translates != short_digest(english[name]):
                found.append(f"{where} translates an older text: run make translated when it is right")
            elif differing := _code_in(english[name]) ^ _code_in(chinese[name].zh):
                found.append(f"{where} has not the same code as the English text: {', '.join(sorted(differing))}")
    return [f"{week.name}: {problem}" for problem in sorted(found)]


def _code_in(text: str) -> set[str]:
    return {" ".join(code.split()) for code in CODE.findall(text)}


def stamp(week: Week, stubs: dict[str, str]) -> None:
    """Note in every contract which English text it translates."""
    path = week.folder / FILE
    if not path.is_file():
        return
    english = {exercise: docstrings(stub) for exercise, stub in stubs.items()}
    pieces = re.split(r"(?m)^(?=\[)", path.read_text(encoding="utf-8"))
    for place, piece in enumerate(pieces):
        found = TABLE.match(piece)
        text = found and english.get(found[1], {}).get(found[2] or found[3])
        if found and text is not None:
            head, rest = piece[: found.end() + 1], STAMP.sub("", piece[found.end() + 1 :], count=1)
            pieces[place] = f'{head}translates = "{short_digest(text)}"\n{rest}'
    path.write_text("".join(pieces), encoding="utf-8")


def _documented(stub: str) -> Iterator[tuple[str, ast.Constant]]:
    """Yield the docstrings of a module, its functions, classes and their methods, in the order of their lines."""
    tree = ast.parse(stub)
    yield from _docstring("module", tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _docstring(node.name, node)
            for method in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(method, ast.FunctionDef):
                    yield from _docstring(f"{node.name}.{method.name}", method)


def _docstring(name: str, node: ast.Module | ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, ast.Constant]]:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        yield name, first.value

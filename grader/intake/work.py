"""How much of an exercise a module's text has written, told by the stub. Nothing is executed.

A name is written when the module binds it and its definition is neither the stub's nor still raises what a stub raises;
comments and layout do not count.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator

import msgspec

from grader.course.markers import UNWRITTEN
from grader.course.sources import DEFINITIONS, bound
from grader.course.stubs import stub_of
from grader.course.weeks import Exercise, Week

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
TOP = re.compile(r"(?:(?:async\s+)?def|class)\s+(\w+)|(\w+)\s*(?::[^=]*)?=(?!=)")
LINE = 1000
"""Characters of a line that are looked at."""


class Work(msgspec.Struct, frozen=True):
    """What a module has of one exercise."""

    defined: frozenset[str] = frozenset()
    """The exercise's names that it binds."""
    written: frozenset[str] = frozenset()
    """Those whose definition is the student's own and complete."""
    begun: bool = False
    """Whether any definition differs from the stub's."""


class _Given(msgspec.Struct, frozen=True):
    """A definition of the stub."""

    shapes: set[str] = set()
    left: int = 0
    """How often it says that something is to be written."""


def work_in(source: bytes, week: Week, exercise: Exercise) -> Work:
    """Return what a module has of an exercise; a syntax error elsewhere does not matter."""
    stub = _given(stub_of(week, exercise.name) or "")
    siblings = {item.name for item in week.exercises}
    defined: set[str] = set()
    begun: set[str] = set()
    written: set[str] = set()
    for name, shape, own in _definitions(source.decode("utf-8-sig", "replace")):
        if shape in siblings:
            continue
        left = len(UNWRITTEN.findall(own))
        for one in exercise.writes if name == "*" else {name}.intersection(exercise.writes):
            given = stub.get(one, _Given())
            defined.add(one)
            written.discard(one)  # the last definition counts
            if shape not in given.shapes and left == 0:
                written.add(one)
            if shape not in given.shapes and left < max(1, given.left):
                begun.add(one)
    return Work(frozenset(defined), frozenset(written), bool(begun))


def names_of(week: Week, exercise: Exercise) -> list[str]:
    """Return what a module of an exercise binds: what is to be written, then what is given beside it, imports aside."""
    return list(dict.fromkeys([*exercise.writes, *_bound_in(stub_of(week, exercise.name) or "")]))


@functools.lru_cache(maxsize=200)
def _bound_in(stub: str) -> list[str]:
    return [name for name, _, own in _definitions(stub) if own]  # what is imported has no text of its own


@functools.lru_cache(maxsize=200)
def _given(stub: str) -> dict[str, _Given]:
    """Return the definitions of a stub by name."""
    given: dict[str, _Given] = {}
    for name, shape, own in _definitions(stub):
        given[name] = _Given({shape, _plain(own)}, len(UNWRITTEN.findall(own)))
    return given


def _definitions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a text binds at top level: the name, what the definition is, its text.

    What an imported name is, is the module that it comes from.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except UNREADABLE:
        yield from ((name, _plain(own), own) for name, own in _segments(text))
        return
    lines = text.split("\n")
    for node in body:
        if isinstance(node, ast.ImportFrom):
            for item in node.names:
                yield item.asname or item.name, str(node.module), ""
        else:
            own = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            for name in bound(node):
                yield name, _shape(node), own


def _shape(node: ast.stmt) -> str:
    """Return what a statement is, whatever its docstrings say and in whatever language."""
    for inner in ast.walk(node):
        if isinstance(inner, DEFINITIONS) and ast.get_docstring(inner, clean=False) is not None:
            inner.body = inner.body[1:]
    return ast.dump(node)


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """Yield the definitions of a text that is no Python, by their first lines."""
    name, own = "", list[str]()
    for line in text.split("\n"):
        match = TOP.match(line[:LINE])
        if match:
            if name:
                yield name, "\n".join(own)
            name, own = match.group(1) or match.group(2), []
        own.append(line)
    if name:
        yield name, "\n".join(own)


def _plain(text: str) -> str:
    """Return a definition without blank lines and comments on lines of their own."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("#"))

"""The sentences of an exercise's contract, beside the tests that hold them and the known mistakes that break them.

A suite says which sentence a test holds with `@claims("a part of the sentence")`, a mistake which one it breaks with
`breaks="…"`. The contract is the docstrings of what a student writes.
"""

from __future__ import annotations

import ast
import inspect
import re
from typing import TypeGuard

import msgspec

from grader.course.inventory import claims_in, mistakes_in
from grader.course.weeks import Exercise, Week
from grader.messages import say

END = re.compile(
    r"\n\n|(?<!et al)(?<!\s\d)(?<!^\d)\.\s+(?=[A-Z`*(\d])|\.\n|\n    (?=\w+(?:, \w+)*:)|\n\s*(?=(?:-|\d+\.) )"
    r"|\n(?=[A-Z]\w+: )"
)
"""Where a sentence ends: after its full stop, at an argument, an item of a list, or a heading such as Raises."""
HEADS = re.compile(r"^(Args|Returns|Raises|Yields|Attributes):\s*$", re.MULTILINE)
NO_CLAIM = re.compile(r"^Sources?:.*(?:\n[ \t]+\S.*)*", re.MULTILINE)


class Line(msgspec.Struct):
    """One sentence of a contract and what holds it."""

    name: str
    sentence: str
    held_by: list[str]
    """The tests that claim it, and the known mistakes that break it."""


def lines(week: Week, exercise: Exercise) -> list[Line]:
    """Return the contract of an exercise, sentence by sentence."""
    said = _claims(week, exercise)
    return [
        Line(
            name, sentence, [who for (_, who), parts in said.items() if any(_matches(part, sentence) for part in parts)]
        )
        for name, sentence in sentences(week, exercise)
    ]


def _claims(week: Week, exercise: Exercise) -> dict[tuple[str, str], list[str]]:
    """Return the parts of sentences that each ("test", name) holds and each ("mistake", name) breaks."""
    mistakes = mistakes_in(week.mistakes(exercise.name).read_bytes())
    held = {("test", test): parts for test, parts in claims_in(week.suite(exercise.name)).items()}
    return held | {("mistake", one.name): [one.breaks] for one in mistakes if one.breaks}


def sentences(week: Week, exercise: Exercise) -> list[tuple[str, str]]:
    """Return (public name, sentence) of every docstring that binds a student; its first line is only a title."""
    tree = ast.parse((week.solutions / f"{exercise.name}.py").read_bytes())
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in exercise.writes:
            inner = [(f"{node.name}.{item.name}", item) for item in node.body if _is_public(item)]
            for name, one in [(node.name, node), *inner]:
                found += [(name, sentence) for sentence in _split(ast.get_docstring(one) or "")]
    return found


def _split(docstring: str) -> list[str]:
    _, _, text = docstring.partition("\n")
    parts = END.split(HEADS.sub("", NO_CLAIM.sub("", inspect.cleandoc(text))))
    return [joined for part in parts if (joined := " ".join(part.split()).rstrip("."))]


def problems(week: Week, exercise: Exercise) -> list[str]:
    """What is wrong with the claims: one that no contract makes; if the week asks for it, a sentence nobody holds."""
    found = lines(week, exercise)
    strange = [
        f'the {kind} {who} names "{part}", which no sentence of a docstring says (a first line is a title)'
        for (kind, who), parts in _claims(week, exercise).items()
        for part in parts
        if not any(_matches(part, line.sentence) for line in found)
    ]
    open_ = [f'no test claims "{line.sentence}" ({line.name})' for line in found if not line.held_by]
    return strange + (open_ if week.claims else [])


def show(chosen: list[tuple[Week, Exercise]], lang: str) -> int:
    """Print each contract beside what holds it."""
    held = total = 0
    for week, exercise in chosen:
        print(f"\n{week.name}/{exercise.name}")
        for line in lines(week, exercise):
            held, total = held + bool(line.held_by), total + 1
            print(f"  {'✓' if line.held_by else '✗'} {line.name}: {line.sentence}")
            for what in line.held_by:
                print(f"      {what}")
        for problem in problems(week, exercise):
            print(f"  - {problem}")
    print(f"\n{say('verify_claims', lang, held=held, total=total)}")
    return 0


def _matches(part: str, sentence: str) -> bool:
    return _plain(part) in _plain(sentence)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[`*_\"“”]", "", text).lower().split()).strip(" .,;:")


def _is_public(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    """Whether the node is a method that others call, special ones included."""
    return isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name.endswith("__"))

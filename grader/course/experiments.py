"""A week's experiments: functions of its given file experiments.py that use what a learner wrote on something real.

Their positional parameters are names that the learner writes; what follows the star is settings, with defaults, of
which `lang` is the language of what is printed. The docstring asks for a prediction, in English and then in Chinese.
SMALL gives quicker settings, for the tests.
"""

from __future__ import annotations

import ast
import re

import msgspec

from grader.course.weeks import Week
from grader.errors import UserError
from grader.messages import bilingual, say
from grader.outcomes import Sentence

FILE = "experiments.py"
WIDTH = 120
"""How wide a line of the course's code may be, as ruff has it in pyproject.toml."""
BLOCK = re.compile(r"<!-- experiment: (\w+) -->\n(.*?)<!-- /experiment -->\n?", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


class Experiment(msgspec.Struct, frozen=True):
    """One experiment: its name, what it asks before it is run, and which names of the learner's it takes."""

    name: str
    question: Sentence
    takes: list[str]
    has_words: bool = False
    """Whether what it prints is in the language that it is given."""


def experiments_in(source: str) -> list[Experiment]:
    """Return the experiments that a file defines, in its order; private functions are helpers."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            question = bilingual(ast.get_docstring(node))
            takes = [argument.arg for argument in node.args.args]
            found.append(Experiment(node.name, question, takes, "lang" in {one.arg for one in node.args.kwonlyargs}))
    return found


def of_week(week: Week) -> list[Experiment]:
    """Return the experiments of a week; none where it has no such file."""
    source = week.given().get(FILE)
    return experiments_in(source.decode()) if source else []


def in_handout(text: str, source: str, lang: str) -> str:
    """Fill every experiment block of a handout with what it asks and the call that a notebook makes.

    Raises:
        UserError: a block of an experiment that there is not.
    """
    known = {one.name: one for one in experiments_in(source)}

    def block(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise UserError("bad_include", path=FILE, block=match[1])
        one = known[match[1]]
        asked = say("experiment_predict", lang, question=one.question[lang])
        given = [*one.takes, *([f'lang="{lang}"'] if one.has_words and lang != "en" else [])]
        cell = f"import experiments\n\n{_call(one.name, given)}"  # a notebook's
        return f"<!-- experiment: {one.name} -->\n> {asked}\n\n```python\n{cell}\n```\n<!-- /experiment -->\n"

    return BLOCK.sub(block, text)


def _call(name: str, given: list[str]) -> str:
    """The call of an experiment, in three lines where one would be longer than a line of code may be."""
    call = f"experiments.{name}({', '.join(given)})"
    return call if len(call) <= WIDTH else f"experiments.{name}(\n    {', '.join(given)}\n)"


def problems(week: Week, handouts: dict[str, str]) -> list[str]:
    """Say what an experiment lacks: both languages, names that somebody writes, a place in each handout."""
    written = {name for exercise in week.exercises for name in exercise.writes}
    found = []
    for one in of_week(week):
        if not (one.question["en"] and one.question["zh"]):
            found.append(f"the docstring of {one.name} asks for no prediction in both languages")
        strangers = [name for name in one.takes if name not in written]
        found += [f"{one.name} takes {name}, which no exercise writes" for name in strangers]
        for name, text in handouts.items():
            if one.name not in {block[1] for block in BLOCK.finditer(text)}:
                found.append(f"{name} does not show {one.name}: write <!-- experiment: {one.name} -->, then make stubs")
    return [f"{week.name}/{FILE}: {problem}" for problem in found]

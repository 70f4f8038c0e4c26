"""What stands above an exercise: how hard, how important, how long, what it builds on, what is forbidden, what counts
as fast, and what is asked of every exercise.

It is written once, in week.toml or here, and shown in the stub, the handout and the notebook.
"""

from __future__ import annotations

import re
import textwrap

from grader.course.imports import refused
from grader.course.weeks import Exercise, Week
from grader.messages import say

BLOCK = re.compile(r"<!-- label: (\w+) -->\n.*?<!-- /label -->\n?", re.DOTALL)
WIDTH = 117
SCALE = 5
DECLARATION = re.compile(r"coding[:=]")
"""What Python reads in a file's first two lines as the name of its encoding, as in "Constrained decoding: only …"."""


def lines_of(exercise: Exercise, lang: str, code: str = "{}") -> list[str]:
    """Return the label's lines; `code` says how a name of code is shown."""
    kind = [say(f"kind_{exercise.kind}", lang)] if exercise.kind != "write" else []
    scales = [
        say("label_difficulty", lang, number=exercise.difficulty, all=SCALE),
        say("label_importance", lang, number=exercise.importance, all=SCALE),
        say("label_minutes", lang, minutes=exercise.minutes),
    ]
    line = " · ".join([*kind, *scales])
    found = [line[0].upper() + line[1:], say("label_needs", lang, needs=exercise.prerequisites[lang])]
    found += [say("label_extra", lang)] if exercise.extra else []
    if exercise.symptom:
        found.append(say("label_symptom", lang, symptom=exercise.symptom[lang]))
    if exercise.forbidden:
        found += _forbidden(exercise, lang, code)
    if exercise.fast:
        found.append(say("label_fast", lang, fast=exercise.fast[lang]))
    return [*found, *([say("label_arguments", lang)] if exercise.kind == "write" else [])]


def _forbidden(exercise: Exercise, lang: str, code: str) -> list[str]:
    """Return what an exercise forbids, and the libraries of which nothing may be used then."""
    between = "、" if lang == "zh" else ", "
    names, libraries = (
        between.join(code.format(name) for name in found)
        for found in (exercise.forbidden_calls, refused(exercise)[len(exercise.forbidden) :])
    )
    key = "label_forbidden_operators" if len(exercise.forbidden_calls) < len(exercise.forbidden) else "label_forbidden"
    said = say(key if names else "label_operators", lang, names=names)
    return [said, *([say("label_libraries", lang, names=libraries)] if libraries else [])]


def in_handout(text: str, week: Week, lang: str) -> str:
    """Fill every label block of a handout; one of an unknown exercise stays as it is."""
    known = {exercise.name: exercise for exercise in week.exercises}

    def block(match: re.Match[str]) -> str:
        exercise = known.get(match[1])
        if exercise is None:
            return match[0]
        shown = "  \n> ".join(lines_of(exercise, lang, "`{}`"))
        return f"<!-- label: {exercise.name} -->\n> {shown}\n<!-- /label -->\n"

    return BLOCK.sub(block, text)


def in_stub(stub: str, week: Week, exercise: Exercise, lang: str) -> str:
    """Return a stub with its label at the top, as comments above the docstring."""
    head, quotes, rest = stub.partition('"""')
    if not quotes or any(line and not line.startswith("#") for line in head.splitlines()):
        head, quotes, rest = "", "", stub
    lines = [line for each in lines_of(exercise, lang) for line in textwrap.wrap(each, WIDTH, break_long_words=False)]
    title = DECLARATION.sub(
        "coding –", say("label_title", lang, week=week.number, exercise=exercise.name, title=exercise.title[lang])
    )
    return "".join(f"# {line}\n" for line in [title, *lines]) + quotes + rest


def problems(week: Week, handouts: dict[str, str]) -> list[str]:
    """Say which exercises a handout shows without their labels."""
    return [
        f"{week.name}/{name} has no label of {exercise.name}: write <!-- label: {exercise.name} --> and its end"
        for name, text in handouts.items()
        for exercise in week.exercises
        if exercise.name not in {found[1] for found in BLOCK.finditer(text)}
    ]

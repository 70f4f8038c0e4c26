"""Writes a new week: a tiny exercise that is sound, with a file in every room, to be turned into a real one.

Knows nothing of what the week will be about.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.authoring import translations
from grader.course import stubs
from grader.course.stages import read_stages
from grader.course.weeks import WEEK_NAME, Course
from grader.errors import UserError
from grader.messages import say
from grader.outcomes import Sentence

TEMPLATES = Path(__file__).parents[1] / "templates" / "new_week"
EXERCISE = "moving_average"
ROOMS = {
    "exercises/{name}/week.toml": "week.toml",
    "exercises/{name}/README.md": "README.md",
    "exercises/{name}/README.zh-CN.md": "README.zh-CN.md",
    f"exercises/{{name}}/test_{EXERCISE}.py": "examples.py",
    f"solutions/{{name}}/{EXERCISE}.py": "solution.py",
    "solutions/{name}/hints.toml": "hints.toml",
    f"grader/suites/{{name}}/test_{EXERCISE}.py": "suite.py",
    f"grader/misconceptions/{{name}}/{EXERCISE}.py": "mistakes.py",
    f"grader/alternatives/{{name}}/{EXERCISE}/running_sums.py": "running_sums.py",
    f"grader/alternatives/{{name}}/{EXERCISE}/weighted.py": "weighted.py",
    "tests/oracles/test_{name}.py": "oracle.py",
}


def run(args: argparse.Namespace) -> int:
    """Write the week and say what to do next."""
    course = Course(args.root)
    name = checked(course, args.name)
    written = write(course, name)
    for path in written:
        print(say("stub_written", args.lang, path=path))
    print(say("new_week_next", args.lang, week=name[4:6], name=name))
    return 0


def checked(course: Course, name: str | None) -> str:
    """Return the name when it can be a new week's.

    Raises:
        UserError: no name of a week, or one whose number or folder is taken, or planned under another name.
    """
    if name is None or not WEEK_NAME.fullmatch(name):
        raise UserError("new_week_name", asked=name or "-")
    taken = [week.name for week in course.weeks if week.number == name[4:6]]
    taken += [path for room in ROOMS if (course.root / (path := room.format(name=name))).exists()]
    if taken:
        raise UserError("new_week_taken", asked=name, taken=taken[0])
    planned = [week.name for stage in read_stages(course.root) for week in stage.week if week.number == name[4:6]]
    if planned and name not in planned:
        raise UserError("new_week_planned", asked=name, planned=planned[0], number=name[4:6])
    return name


def write(course: Course, name: str) -> list[str]:
    """Write every file of the week, its place on the road map and what is generated; return their paths."""
    values = described(course.root, name)
    loader = FileSystemLoader(TEMPLATES)
    templates = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    written = []
    for room, template in ROOMS.items():
        path = course.root / room.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(templates.get_template(f"{template}.jinja").render(values), encoding="utf-8")
        written.append(room.format(name=name))
    fresh = Course(course.root)
    translations.stamp(fresh.week(name))
    return list(dict.fromkeys(written + stubs.write(fresh, [fresh.week(name)]).written))


def described(root: Path, name: str) -> dict[str, object]:
    """Return what the templates are filled with; a week that the road map does not plan gets a place at its end."""
    stages = read_stages(root)
    for place, stage in enumerate(stages, 1):
        for week in stage.week:
            if week.name == name:
                return _values(name, week.title, place, week.needs)
    words = name[7:].replace("_", " ").capitalize()
    title = {"en": words, "zh": f"{words}（待译）"}
    path = root / "exercises" / "roadmap.toml"
    entry = f'\n[[stage.week]]\nname = "{name}"\ntitle = {{ en = "{title["en"]}", zh = "{title["zh"]}" }}\nneeds = []\n'
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + entry, encoding="utf-8")
    return _values(name, title, len(stages), [])


def _values(name: str, title: Sentence, stage: int, needs: list[str]) -> dict[str, object]:
    listed = "[" + ", ".join(f'"{one}"' for one in needs) + "]"
    return {"name": name, "number": re.findall(r"\d\d", name)[0], "title": title, "stage": stage, "needs": listed}

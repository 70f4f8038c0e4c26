"""Writes a new week: a tiny exercise that is sound, with a file in every room, to be turned into a real one."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.authoring import figures, translations
from grader.course import contracts, stubs
from grader.course.stages import PlannedWeek, planned_weeks
from grader.course.weeks import WEEK_NAME, Course
from grader.errors import UserError
from grader.messages import say

TEMPLATES = Path(__file__).parents[1] / "templates" / "new_week"
EXERCISE = "moving_average"
PLACES = {
    "exercises/{name}/week.toml": "week.toml",
    "exercises/{name}/README.md": "README.md",
    "exercises/{name}/README.zh-CN.md": "README.zh-CN.md",
    "exercises/{name}/contracts.zh.toml": "contracts.zh.toml",
    "exercises/{name}/figures/draw.py": "draw.py",
    f"exercises/{{name}}/test_{EXERCISE}.py": "examples.py",
    "solutions/{name}/experiments.py": "experiments.py",
    f"solutions/{{name}}/{EXERCISE}.py": "solution.py",
    "solutions/{name}/hints.toml": "hints.toml",
    "solutions/{name}/reasoning.toml": "reasoning.toml",
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
    for path in write(course, name):
        print(say("stub_written", args.lang, path=path))
    print(say("new_week_next", args.lang, week=name[4:6], name=name))
    return 0


def checked(course: Course, name: str | None) -> str:
    """Return the name when it can be a new week's.

    Raises:
        UserError: no name of a week, or one whose number or folder is taken, or planned under another name.
    """
    if not name:
        raise UserError("new_week_unnamed")
    if not WEEK_NAME.fullmatch(name):
        raise UserError("new_week_name", asked=name)
    taken = [week.name for week in course.weeks if week.number == name[4:6]]
    taken += [path for pattern in PLACES if (course.root / (path := pattern.format(name=name))).exists()]
    if taken:
        raise UserError("new_week_taken", asked=name, taken=taken[0])
    planned = [week.name for week in planned_weeks(course.root).values() if week.number == name[4:6]]
    if planned and name not in planned:
        raise UserError("new_week_planned", asked=name, planned=planned[0], number=name[4:6])
    return name


def write(course: Course, name: str) -> list[str]:
    """Write every file of the week, its place on the road map and what is generated; return their paths."""
    values = described(course.root, name)
    give_place(course.root, name)
    loader = FileSystemLoader(TEMPLATES)
    templates = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    written = []
    for pattern, template in PLACES.items():
        path = course.root / pattern.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(templates.get_template(f"{template}.jinja").render(values), encoding="utf-8")
        written.append(pattern.format(name=name))
    fresh = Course(course.root)
    week = fresh.week(name)
    translations.stamp(week)
    contracts.stamp(week, stubs.stubs_of(week))
    written += [path.relative_to(course.root).as_posix() for path in figures.write(week)[0]]
    return list(dict.fromkeys(written + stubs.write(fresh, [week]).written))


def described(root: Path, name: str) -> dict[str, object]:
    """Return what the templates are filled with: the title and needs that the road map plans, or words of the name."""
    words = name[7:].replace("_", " ").capitalize()
    planned = planned_weeks(root).get(name, PlannedWeek(name))
    title = planned.title or {"en": words, "zh": f"{words}（待译）"}
    listed = "[" + ", ".join(f'"{one}"' for one in planned.needs) + "]"
    return {"name": name, "number": name[4:6], "title": title, "needs": listed}


def give_place(root: Path, name: str) -> None:
    """Leave the week's place on the road map to its name alone; one that nobody planned stands at the end."""
    path = root / "exercises" / "roadmap.toml"
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    entry = f'[[stage.week]]\nname = "{name}"\n'
    planned = re.compile(rf'\[\[stage\.week\]\]\nname = "{name}"\n(?:(?:title|needs) = .*\n)*')
    text = planned.sub(entry, text) if planned.search(text) else f"{text}\n{entry}"
    path.write_text(text, encoding="utf-8")


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `new-week`."""
    parser.add_argument("--name", help="the week's folder: week19_topic")

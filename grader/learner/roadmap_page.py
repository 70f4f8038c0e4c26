"""The road map as one self-contained page: stages, weeks, progress, and a picture of how weeks build on each other."""

from __future__ import annotations

import argparse
import os
import textwrap
from pathlib import Path

import msgspec

from grader.course.stages import PlannedWeek
from grader.course.weeks import HANDOUTS, Course
from grader.files import write_atomically
from grader.learner.progress import Progress
from grader.learner.roadmap import SIGNS, Roadmap, duration, score
from grader.messages import say
from grader.report import document
from grader.report.next_command import command


class Size(msgspec.Struct, frozen=True):
    """The measures of a picture, in its own units."""

    name: str
    width: int
    node: int
    height: int
    gap: int
    letters: int
    """How many letters of a title stand in a line; 0 leaves titles out."""


SIZES = (Size("wide", 720, 114, 46, 40, 20), Size("narrow", 340, 44, 34, 34, 0))


class Node(msgspec.Struct):
    """One week in the picture."""

    week: PlannedWeek
    state: str
    x: float
    y: float
    lines: list[str]


def run(args: argparse.Namespace) -> int:
    """Write the page."""
    out: Path = args.out or Path("roadmap.html")
    out.parent.stat()  # a misspelt folder is refused, not made
    write_atomically(out, page(Course(args.root), Progress(args.root), args.lang, out.parent).encode())
    print(say("stub_written", args.lang, path=out))
    return 0


def page(course: Course, progress: Progress, lang: str, folder: Path) -> str:
    """Return the page; its links lead from `folder` to the handouts."""
    roadmap = Roadmap(course, progress)
    weeks = [week for stage in roadmap.stages for week in stage.week]
    states = {week.name: roadmap.week(week) for week in weeks}
    entries = progress.state.exercises.values()
    here = [state for state in states.values() if state.stops]
    return document.render(
        document.templates(duration=duration),
        "roadmap.html.jinja",
        lang,
        stages=roadmap.stages,
        states=states,
        signs=SIGNS,
        links={state.planned.name: _link(course.root, state.planned.name, lang, folder) for state in here},
        next=roadmap.next and command("check", lang, WEEK=roadmap.next[0][4:6], EX=roadmap.next[1]),
        judged=roadmap.judged,
        score_of=lambda entry: score(entry, lang),
        score=sum(stop.entry.best for state in here for stop in state.asked),
        top=100 * len(here),
        spent=sum(entry.spent for entry in entries),
        done=sum(state.done for state in here),
        stops=sum(len(state.asked) for state in here),
        pictures=pictures(weeks, {name: one.state for name, one in states.items()}, lang),
    )


def _link(root: Path, week: str, lang: str, folder: Path) -> str:
    return Path(os.path.relpath(root / "exercises" / week / HANDOUTS[lang], folder)).as_posix()


def pictures(
    weeks: list[PlannedWeek], states: dict[str, str], lang: str
) -> list[tuple[Size, list[Node], list[str], float]]:
    """Return the picture in every size, for map.html.jinja."""
    return [(size, *picture(weeks, states, size, lang)) for size in SIZES]


def picture(
    weeks: list[PlannedWeek], states: dict[str, str], size: Size, lang: str
) -> tuple[list[Node], list[str], float]:
    """Return the nodes, the curves between them and the height of the picture."""
    nodes: dict[str, Node] = {}
    step = size.height + size.gap
    for depth, row in enumerate(rows(weeks)):
        row.sort(key=lambda week: _middle([nodes[need].x for need in week.needs if need in nodes], size.width / 2))
        for place, week in enumerate(row):
            x = size.width * (place + 0.5) / len(row)
            lines = _lines(week.title[lang], size.letters if lang == "en" else size.letters // 2)
            nodes[week.name] = Node(week, states[week.name], x, 1 + depth * step, lines)
    needed = {week.name: direct(week, {one.name: one for one in weeks}) for week in weeks}
    curves = [_curve(nodes[need], nodes[name], size) for name, needs in needed.items() for need in needs]
    return list(nodes.values()), curves, max(node.y for node in nodes.values()) + size.height + 1


def _lines(title: str, letters: int) -> list[str]:
    return textwrap.wrap(title, letters, break_on_hyphens=False, max_lines=2, placeholder=" …") if letters else []


def rows(weeks: list[PlannedWeek]) -> list[list[PlannedWeek]]:
    """Return the weeks by how long the way to them is."""
    depths: dict[str, int] = {}
    for week in weeks:
        depths[week.name] = 1 + max((depths.get(need, -1) for need in week.needs), default=-1)
    return [[week for week in weeks if depths[week.name] == depth] for depth in range(max(depths.values()) + 1)]


def direct(week: PlannedWeek, weeks: dict[str, PlannedWeek]) -> list[str]:
    """Return the weeks that it builds on and that no other of them builds on in turn."""
    known = [need for need in week.needs if need in weeks]
    return [need for need in known if not any(need in _before(other, weeks) for other in known)]


def _before(name: str, weeks: dict[str, PlannedWeek]) -> set[str]:
    needs = [need for need in weeks[name].needs if need in weeks]
    return set(needs).union(*(_before(need, weeks) for need in needs))


def _curve(start: Node, end: Node, size: Size) -> str:
    top, bottom = start.y + size.height, end.y
    half = (top + bottom) / 2
    points = ((start.x, top), (start.x, half), (end.x, half), (end.x, bottom))
    return "M{} C{} {} {}".format(*(f"{x:.1f},{y:.1f}" for x, y in points))


def _middle(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default

"""What is wrong with a week before anything is judged: points, generated files, handouts, the road map, gaps."""

from __future__ import annotations

import re

from grader.authoring import contracts, translations
from grader.course import stubs
from grader.course.inventory import mistakes_in, points_in, sentences_in
from grader.course.stages import read_stages
from grader.course.weeks import Course, Exercise, Week

WEEK_POINTS = 100
FEWEST_MISTAKES, FEWEST_ALTERNATIVES, FEWEST_HINTS = 4, 2, 3
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def week_problems(course: Course, week: Week) -> list[str]:
    """What is wrong with a week before anything is judged."""
    found = [f"{path} is stale: run make stubs" for path in stubs.stale(course, [week])]
    total = sum(points_in(week.suite(exercise.name)) for exercise in week.exercises)
    if total != WEEK_POINTS:
        found.append(f"{week.name}: its tests are worth {total:g} points together, not {WEEK_POINTS}")
    texts = [week.folder / name for name in stubs.HANDOUTS]
    found += [f"{path.relative_to(course.root)} is missing" for path in texts if not path.is_file()]
    return found + translations.problems(week) + roadmap_problems(course, week)


def roadmap_problems(course: Course, week: Week) -> list[str]:
    """What week.toml and the road map say differently of a week; a course may do without a road map."""
    roadmap = course.root / "exercises" / "roadmap.toml"
    if not roadmap.is_file():
        return []
    places = {one.name: (place, one) for place, stage in enumerate(read_stages(course.root), 1) for one in stage.week}
    if week.name not in places:
        return [f"exercises/roadmap.toml has no place for {week.name}"]
    stage, planned = places[week.name]
    needs = {name: one.needs for name, (_, one) in places.items()}
    pairs = {"title": (week.title, planned.title), "stage": (week.stage, stage)}
    # Either list may leave out what follows from the rest: the road map draws a line only where it must.
    if _reached(week.needs, needs) != _reached(planned.needs, needs):
        pairs["needs"] = (week.needs, planned.needs)
    return [
        f"the {what} in exercises/{week.name}/week.toml is {own}, in exercises/roadmap.toml it is {other}"
        for what, (own, other) in pairs.items()
        if own != other
    ]


def _reached(weeks: list[str], needs: dict[str, list[str]]) -> set[str]:
    """These weeks and all that they build on."""
    found: set[str] = set()
    waiting = list(weeks)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, [])
    return found


def exercise_problems(week: Week, exercise: Exercise) -> list[str]:
    """What is wrong with an exercise before anything is judged."""
    shelves = {
        "solution": week.solutions / f"{exercise.name}.py",
        "visible examples": week.examples(exercise.name),
        "hidden suite": week.suite(exercise.name),
        "mistakes": week.mistakes(exercise.name),
    }
    found = [
        f"missing: the {what}, {path.relative_to(week.root)}" for what, path in shelves.items() if not path.is_file()
    ]
    if found:
        return found
    mistakes = mistakes_in(shelves["mistakes"].read_bytes())
    for what, count, fewest in (
        ("mistakes", len(mistakes), FEWEST_MISTAKES),
        ("right answers written differently", len(week.alternatives(exercise.name)), FEWEST_ALTERNATIVES),
        ("hints", len(exercise.hints), FEWEST_HINTS),
    ):
        if count < fewest:
            found.append(f"only {count} {what}; at least {fewest}")
    sentences = {f"mistake {mistake.name}": mistake.help for mistake in mistakes}
    sentences.update({f"hint {place + 1}": hint for place, hint in enumerate(exercise.hints)})
    for shelf in ("hidden suite", "visible examples"):
        said = sentences_in(shelves[shelf])
        sentences.update({f"the docstring of {name} ({shelf})": sentence for name, sentence in said.items()})
    found += [f"{what} is not in both languages" for what, one in sentences.items() if not _bilingual(one)]
    found += contracts.problems(week, exercise)
    found += [f"mistake {mistake.name} is of {mistake.of}" for mistake in mistakes if mistake.of not in exercise.writes]
    return found


def _bilingual(sentence: dict[str, str]) -> bool:
    return bool(sentence.get("en")) and bool(CHINESE.search(sentence.get("zh", "")))

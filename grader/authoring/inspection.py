"""What is wrong with a week before anything is judged: points, generated files, handouts, the road map, gaps."""

from __future__ import annotations

import pkgutil
import re

from grader.authoring import contracts, figures, kinds, translations
from grader.course import contracts as translated_contracts
from grader.course import experiments, labels, stubs
from grader.course.inventory import after_in, mistakes_in, points_in, sentences_in
from grader.course.stages import planned_weeks
from grader.course.weeks import HANDOUTS, Course, Exercise, Week

WEEK_POINTS = 100
FEWEST_HINTS = 3
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def week_problems(course: Course, week: Week) -> list[str]:
    """What is wrong with a week before anything is judged."""
    found = [f"{path} is stale: run make stubs" for path in stubs.stale(course, [week])]
    worth = {exercise.name: points_in(week.suite(exercise.name)) for exercise in week.exercises}
    total = sum(worth.values())
    for exercise in week.exercises:
        if exercise.extra == bool(worth[exercise.name]):
            problem = "an extra, and its tests have points" if exercise.extra else "no extra, and no test has points"
            found.append(f"{week.name}/{exercise.name}: {problem}")
    if total != WEEK_POINTS:
        found.append(f"{week.name}: its tests are worth {total:g} points together, not {WEEK_POINTS}")
    if len(week.reasoning) != len(week.rubrics()):
        found.append(f"{week.name}: reasoning.toml has not as many answers as week.toml has questions in words")
    found += left_over(week)
    texts = [week.folder / name for name in HANDOUTS.values()]
    found += [f"{path.relative_to(course.root)} is missing" for path in texts if not path.is_file()]
    handouts = {path.rpartition("/")[2]: text for path, text in stubs.handouts(week).items()}
    found += labels.problems(week, handouts) + experiments.problems(week, handouts)
    found += translated_contracts.problems(week, stubs.stubs_of(week)) + figures.problems(week)
    return found + translations.problems(week) + roadmap_problems(course, week)


def left_over(week: Week) -> list[str]:
    """Files of exercises that the week does not have: nobody judges them, and their answers must not go out."""
    rooms = (week.solutions, week.suite("").parent, week.mistakes("").parent)
    files = [path for room in rooms for path in sorted(room.glob("*.py"))] + sorted(week.folder.glob("test_*.py"))
    return [
        f"{path.relative_to(week.root)} belongs to no exercise of week.toml: take it away"
        for path in files
        if week.left_over(path)
    ]


def roadmap_problems(course: Course, week: Week) -> list[str]:
    """What week.toml and the road map say twice or not at all of a week; a course may do without a road map."""
    planned = planned_weeks(course.root)
    if not planned:
        return []
    if week.name not in planned:
        return [f"exercises/roadmap.toml has no place for {week.name}"]
    before = list(planned)[: list(planned).index(week.name)]
    found = [
        f"{week.name} needs {need}, which is no week before it in exercises/roadmap.toml"
        for need in week.needs
        if need not in before
    ]
    for what in ("title", "needs"):
        if getattr(planned[week.name], what):
            found.append(f"exercises/roadmap.toml says the {what} of {week.name}, as its week.toml does: drop it")
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
    found += kinds.static_problems(week, exercise)
    mistakes, others = mistakes_in(shelves["mistakes"].read_bytes()), week.alternatives(exercise.name)
    for what, count, fewest in (
        ("mistakes", len(mistakes), kinds.FEWEST_MISTAKES[exercise.kind]),
        ("right answers written differently", len(others), kinds.FEWEST_ALTERNATIVES[exercise.kind]),
        ("hints", len(exercise.hints), FEWEST_HINTS),
    ):
        if count < fewest:
            found.append(f"only {count} {what}; at least {fewest}")
    sentences = {f"mistake {mistake.name}": mistake.help for mistake in mistakes}
    sentences.update({f"hint {place + 1}": hint for place, hint in enumerate(exercise.hints)})
    for shelf in ("hidden suite", "visible examples"):
        said = sentences_in(shelves[shelf])
        sentences.update({f"the docstring of {name} ({shelf})": sentence for name, sentence in said.items()})
        astray = [(test, other) for test, other in after_in(shelves[shelf]) if other not in said]
        found += [f"{test} ({shelf}) stands after {other}, which is no test of its file" for test, other in astray]
    found += [f"{what} is not in both languages" for what, one in sentences.items() if not _bilingual(one)]
    found += contracts.problems(week, exercise)
    found += [f"mistake {mistake.name} is of {mistake.of}" for mistake in mistakes if mistake.of not in exercise.writes]
    return found


def _bilingual(sentence: dict[str, str]) -> bool:
    return bool(sentence.get("en")) and bool(CHINESE.search(sentence.get("zh", "")))


def unknown_names(exercise: Exercise) -> list[str]:
    """Return the forbidden names that an installed library does not have: misspelt, or of another version."""
    return [name for name in exercise.forbidden if "::" not in name and _is_unknown(name)]


def _is_unknown(name: str) -> bool:
    """Whether a library is installed and lacks a name."""
    try:
        pkgutil.resolve_name(name)
    except AttributeError:
        return True
    except Exception:  # noqa: BLE001 - a library that is not installed, or does not like to be looked at
        return False
    return False

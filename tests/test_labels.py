"""What stands above an exercise is written in week.toml alone, and shown wherever the exercise is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.authoring import translations
from grader.course import labels, stubs
from grader.course.imports import refused
from grader.course.weeks import Course
from grader.messages import LANGUAGES


def test_every_exercise_has_its_label_in_both_handouts(course: Course) -> None:
    """No handout shows an exercise without how hard, how important and how long it is."""
    for week in course.weeks:
        texts = {Path(path).name: text for path, text in stubs.handouts(week).items()}
        assert [] == labels.problems(week, texts)


def test_what_is_needed_forbidden_and_fast_stands_in_stub_handout_and_notebook(course: Course) -> None:
    """Rules that cost points are told where the exercise is read, not in week.toml alone."""
    for week in course.weeks:
        files = stubs.generate(week) | stubs.handouts(week)
        for exercise in week.exercises:
            names = [name for name in refused(exercise) if not name.startswith("aten::")]
            stub = files[f"exercises/{week.name}/{exercise.name}.py"]
            head = " ".join(stub.partition('"""')[0].replace("\n#", "").split())
            assert all(name in head for name in names), exercise.name
            assert exercise.fast is None or exercise.fast["en"] in head, exercise.name
            assert f"It builds on: {exercise.prerequisites['en']}" in head, exercise.name
            for shown in (f"exercises/{week.name}/README.md", f"exercises/{week.name}/{week.name}.ipynb"):
                assert all(f"`{name}`" in files[shown] for name in names), shown


def test_whoever_writes_a_function_is_told_that_arguments_stay(course: Course) -> None:
    """Suites ask it of every exercise; a program with a bug, or a learner's test, is somebody else's text."""
    for week in course.weeks:
        files = stubs.generate(week)
        for exercise in week.exercises:
            head = files[f"exercises/{week.name}/{exercise.name}.py"].partition('"""')[0]
            assert ("Arguments stay as they are" in head) == (exercise.kind == "write"), exercise.name


def test_an_extra_says_so_in_stub_and_handout(course: Course) -> None:
    """Nobody works through an extra believing that it is asked for."""
    week = course.week("5")
    extra = [msgspec.structs.replace(exercise, extra=True) for exercise in week.exercises]
    text = stubs.handouts(week)["exercises/week05_attention/README.md"]

    assert sum(exercise.extra for exercise in week.exercises) == text.count("no points")
    assert len(extra) == labels.in_handout(text, msgspec.structs.replace(week, exercises=extra), "en").count(
        "no points"
    )
    assert "不计分" in labels.in_stub("", week, extra[0], "zh")


def test_a_label_follows_week_toml(course: Course) -> None:
    """Other minutes give another label; one that was edited by hand is stale."""
    week = course.week("5")
    longer = [msgspec.structs.replace(exercise, minutes=99) for exercise in week.exercises]
    text = stubs.handouts(week)["exercises/week05_attention/README.md"]

    changed = labels.in_handout(text, msgspec.structs.replace(week, exercises=longer), "en")

    assert text != changed and len(longer) == changed.count("about 99 minutes")
    assert text == labels.in_handout(text.replace("about 45 minutes", "about 4 minutes"), week, "en")


def test_a_label_in_a_stub_is_written_once(course: Course) -> None:
    """A stub that has its label, as a release keeps it, gets the other language's in its place."""
    week = course.week("5")
    for name, stub in stubs.stubs_of(week).items():
        exercise = week.exercise(name)
        assert stub == labels.in_stub(stub, week, exercise, "en")
        assert stub == labels.in_stub(labels.in_stub(stub, week, exercise, "zh"), week, exercise, "en")


def test_a_label_is_no_part_of_what_is_translated(course: Course) -> None:
    """A handout with and without its labels has the same key: nobody translates them."""
    text = (course.week("5").folder / "README.md").read_text(encoding="utf-8")

    assert translations.key_of(text) == translations.key_of(translations.LABEL.sub("", text))


def posted_limits(suite: str) -> Iterator[str]:
    """The limits of a suite's timed calls, as a sentence writes them."""
    for node in ast.walk(ast.parse(suite)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "call":
            yield from (f"{ast.literal_eval(one.value):g}" for one in node.keywords if one.arg == "at_most")


def test_what_counts_as_fast_is_what_the_clock_allows(course: Course) -> None:
    """How many times the reference's time an answer may take stands in the label, as the suite has it."""
    checked = 0
    for week, exercise in course.select(None, None):
        for limit in posted_limits(week.suite(exercise.name).read_text(encoding="utf-8")):
            assert exercise.fast, exercise.name
            for lang in LANGUAGES:
                assert limit in re.findall(r"\d+(?:\.\d+)?", exercise.fast[lang]), (exercise.name, lang, limit)
            checked += 1
    assert checked > 20

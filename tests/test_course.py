"""Weeks by every name they go by, and week files that say what is wrong with them."""

import re
from pathlib import Path

import pytest

from grader.course import inventory
from grader.course.weeks import Course
from grader.errors import UserError
from tests import tiny


@pytest.mark.parametrize("asked", ["5", "05", "week05", "week05_attention", " 5 "])
def test_a_week_by_every_name(course: Course, asked: str) -> None:
    """5, 05, week05 and week05_attention mean the same."""
    assert "week05_attention" == course.week(asked).name


@pytest.mark.parametrize("asked", ["18 1,week05_attention", "01, 05, 18", "5 5 1 18"])
def test_several_weeks_in_the_courses_order(course: Course, asked: str) -> None:
    """A term that has some of the weeks names them in one word, in any order."""
    assert ["01", "05", "18"] == [week.number for week in course.asked(asked)]
    assert course.weeks == course.asked(None) == course.asked("")


@pytest.mark.parametrize(
    ("week", "exercise", "key", "told"),
    [
        ("99", None, "unknown_week", {"known": "0"}),
        ("abc", None, "unknown_week", {"known": "0"}),
        ("0", None, "unknown_week", {"known": "0"}),
        ("attention", None, "unknown_week_near", {"nearest": "week05_attention"}),
        ("5", "atention", "unknown_exercise_near", {"nearest": "attention"}),
        (None, "atention", "unknown_exercise_near", {"nearest": "attention"}),
        ("5", "zebra", "unknown_exercise_here", {"known": "attention, multi_head"}),
        (None, "zebra", "unknown_exercise", {}),
    ],
)
def test_an_unknown_name_is_told_the_nearest_or_a_short_list(
    course: Course, week: str | None, exercise: str | None, key: str, told: dict[str, str]
) -> None:
    """An unknown week or exercise is told the nearest name if one is near, else what there is, never all exercises."""
    with pytest.raises(UserError) as caught:
        course.select(week, exercise)

    assert key == caught.value.key
    values = {name: value for name, value in caught.value.values.items() if name not in ("asked", "week")}
    assert told.keys() == values.keys() and all(values[name].startswith(start) for name, start in told.items())


def test_a_week_of_the_road_map_is_said_to_come(tmp_path: Path) -> None:
    """A planned week that is not there yet is no mistake of the learner's."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/roadmap.toml").write_text(
        '[[stage]]\ntitle = { en = "-", zh = "-" }\n'
        'week = [{ name = "week07_later", title = { en = "-", zh = "-" }, needs = [] }]\n',
        encoding="utf-8",
    )

    with pytest.raises(UserError, match="week_to_come") as caught:
        course.week("7")

    assert {"week": "07", "known": "01"} == caught.value.values


def test_an_exercise_of_another_week_is_said_to_be_there(course: Course) -> None:
    """Week 05 has no exercise rotary, and week 06 has."""
    with pytest.raises(UserError, match="exercise_elsewhere") as caught:
        course.select("5", "rotary")

    assert {"asked": "rotary", "week": "05", "there": "06"} == caught.value.values


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (tiny.WEEK_TOML + "\nmemory = 5\n", "memory"),
        (tiny.WEEK_TOML.replace("difficulty = 1", 'difficulty = "hard"'), "difficulty"),
        (tiny.WEEK_TOML.replace("difficulty = 1", ""), "difficulty"),
        (tiny.WEEK_TOML.replace("difficulty = 1", "difficulty = 9"), "difficulty"),
        (tiny.WEEK_TOML.replace("importance = 1", "importance = 0"), "importance"),
        (re.sub(r"minutes = \d+", "minutes = 0", tiny.WEEK_TOML), "minutes"),
        (re.sub(r"memory_mb = \d+", "memory_mb = 0", tiny.WEEK_TOML), "memory_mb"),
        ("title = ", "Invalid value"),
        (tiny.WEEK_TOML.replace("seconds = 2", "seconds = nan"), "seconds"),
        (tiny.WEEK_TOML + '\n[[reasoning]]\nen = "?"\nzh = "?"\npoints = nan\n', "points"),
    ],
)
def test_a_bad_week_file_names_the_file_and_the_key(tmp_path: Path, text: str, problem: str) -> None:
    """Unknown keys, wrong types, missing keys and bad TOML are refused with the file's name."""
    course = tiny.build(tmp_path, toml=text)

    with pytest.raises(UserError) as caught:
        _ = course.weeks

    assert "week01_tiny/week.toml" in caught.value.values["path"]
    assert problem in caught.value.values["problem"]


def test_a_week_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    """The place, and what helps, as of a class file."""
    course = tiny.build(tmp_path, toml=tiny.WEEK_TOML.replace('"tiny"', "tiny", 1))

    with pytest.raises(UserError, match="toml_value") as caught:
        _ = course.weeks

    lines = (tmp_path / "exercises/week01_tiny/week.toml").read_text(encoding="utf-8").splitlines()
    place = int(caught.value.values["line"]), int(caught.value.values["column"])
    assert lines[place[0] - 1][place[1] - 1 :].startswith("tiny")


@pytest.mark.parametrize("points", ['float("nan")', "-1", "1e999", "'ten'", ""])
def test_points_that_do_not_add_up_are_named(tmp_path: Path, points: str) -> None:
    """NaN, infinity and what is no number are an error of the suite, with file and test."""
    course = tiny.build(tmp_path, suite=tiny.SUITE.replace("@points(10)", f"@points({points})"))

    with pytest.raises(UserError, match="bad_points") as caught:
        inventory.points_by_test(course.week("1").suite("tiny"))

    assert ("test_tiny.py", "test_doubles") == (caught.value.values["path"], caught.value.values["test"])


def test_every_week_asks_a_question_in_words(course: Course) -> None:
    """Each question has a model answer and a rubric, in both languages, for whoever grades it."""
    for week in course.weeks:
        assert week.reasoning and len(week.reasoning) == len(week.rubrics()), week.name
        assert all(text for one in week.rubrics() for text in (*one.model.values(), *one.rubric.values())), week.name

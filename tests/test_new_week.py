"""A new week in one command: sound as it is written, in every room, and on the road map."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import msgspec
import pytest

from grader.authoring import new_week
from grader.authoring.inspection import roadmap_problems, week_problems
from grader.authoring.proving import prove
from grader.course.weeks import Course
from grader.errors import UserError
from grader.judge.coordinator import Engine

CONFTEST = """
import pathlib

import pytest

from grader.course.weeks import Course
from grader.judge.answer_key import AnswerKey


@pytest.fixture(scope="session")
def solution():
    course = Course(pathlib.Path(__file__).parent)
    return lambda week, exercise: AnswerKey(*course.select(week, exercise)[0]).solution
"""


PLANNED, TITLE, NEEDS = "week20_planned", {"en": "Planned", "zh": "已计划"}, ["week08_pretraining", "week10_finetuning"]
PLAN = """
[[stage.week]]
name = "week20_planned"
title = { en = "Planned", zh = "已计划" }
needs = ["week08_pretraining", "week10_finetuning"]
"""


def put_road_map(course: Course, root: Path) -> None:
    """The course's road map with one more week, which is planned and not there."""
    (root / "exercises").mkdir()
    text = (course.root / "exercises/roadmap.toml").read_text(encoding="utf-8")
    (root / "exercises/roadmap.toml").write_text(text + PLAN, encoding="utf-8")


@pytest.fixture(scope="module")
def root(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one new week."""
    root = tmp_path_factory.mktemp("course")
    put_road_map(course, root)
    assert 0 == new_week.run(Namespace(root=root, name="week19_topic", lang="en"))
    return root


def test_a_new_week_is_sound(root: Path, engine: Engine) -> None:
    """What verify proves holds: 100 points, both handouts, every mistake caught and recognised, two right answers pass."""
    course = Course(root)

    assert [] == week_problems(course, course.week("19"))
    assert 1 == len(course.week("19").reasoning) == len(course.week("19").rubrics())
    (proof,) = prove(engine, course.select("19", None), 2)
    assert [] == proof.problems
    assert len(proof.proof.mistakes) == proof.caught >= 4 and 2 == len(proof.proof.alternatives)


def test_its_oracle_holds(root: Path) -> None:
    """The oracle test of the new week passes."""
    (root / "conftest.py").write_text(CONFTEST.lstrip(), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", "tests"]

    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert 0 == done.returncode and "1 passed" in done.stdout, done.stdout


def test_its_files_have_the_repositorys_style(root: Path, course: Course) -> None:
    """ruff finds nothing in what was written."""
    config = str(course.root / "pyproject.toml")
    for words in (
        ["check", "--config", config, "--config", 'lint.per-file-ignores={"exercises/*"=["F401"]}'],
        ["format", "--check", "--config", config],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, *("exercises", "solutions", "grader", "tests")],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stdout


def test_it_has_a_place_on_the_road_map(root: Path) -> None:
    """A week that nobody planned stands at the end of the last stage; a planned one keeps its title and needs."""
    assert "week19_topic" == Course(root).stages[-1].week[-1].name
    planned = new_week.described(root, PLANNED)
    assert TITLE == planned["title"]
    assert '["week08_pretraining", "week10_finetuning"]' == planned["needs"]


def test_a_name_that_is_no_weeks_or_is_taken_is_refused(root: Path) -> None:
    """Neither a second week 19 nor a name of another form is written."""
    course = Course(root)
    for name, key in (("topic", "new_week_name"), (None, "new_week_unnamed"), ("week19_other", "new_week_taken")):
        with pytest.raises(UserError, match=key):
            new_week.checked(course, name)


def test_a_number_that_is_planned_under_another_name_is_refused(root: Path) -> None:
    """Week 20 is planned as week20_planned: that name is taken, any other one is refused with it."""
    before = (root / "exercises/roadmap.toml").read_bytes()

    with pytest.raises(UserError, match="new_week_planned") as caught:
        new_week.run(Namespace(root=root, name="week20_foo", lang="en"))

    assert {"asked": "week20_foo", "planned": PLANNED, "number": "20"} == caught.value.values
    assert before == (root / "exercises/roadmap.toml").read_bytes()
    assert PLANNED == new_week.checked(Course(root), PLANNED)


ROADMAP = "exercises/roadmap.toml"
PLACE = f'name = "{PLANNED}"'


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (ROADMAP, PLACE, f'{PLACE}\nneeds = ["week08_pretraining"]', "needs"),
        (ROADMAP, PLACE, f'{PLACE}\ntitle = {{ en = "A", zh = "甲" }}', "title"),
    ],
)
def test_a_fact_about_a_week_is_written_once(
    course: Course, tmp_path: Path, file: str, old: str, new: str, what: str
) -> None:
    """Title and needs move from the road map to week.toml when a planned week is written; a second copy is named."""
    put_road_map(course, tmp_path)
    new_week.run(Namespace(root=tmp_path, name=PLANNED, lang="en"))
    copy = Course(tmp_path)
    assert [] == week_problems(copy, copy.week("20"))
    (week,) = (week for stage in Course(tmp_path).stages for week in stage.week if week.name == PLANNED)
    assert TITLE == week.title
    assert NEEDS == week.needs
    path = tmp_path / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    copy = Course(tmp_path)
    (problem,) = roadmap_problems(copy, copy.week("20"))

    assert problem.startswith(f"{file} says the {what}")


def test_a_week_without_a_place_on_the_road_map_is_named(course: Course) -> None:
    """Every week of the course has its place; a stranger has none."""
    assert [] == roadmap_problems(course, course.week("10"))
    stranger = msgspec.structs.replace(course.week("10"), name="week99_stranger")
    assert ["exercises/roadmap.toml has no place for week99_stranger"] == roadmap_problems(course, stranger)

"""`verify` names everything that is unsound about a week, and only that. A sound week: tests/test_new_week.py."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from grader.authoring import new_week
from grader.authoring.verify import prove, week_problems
from grader.course.weeks import Course
from grader.judge.coordinator import Engine

WEEK, NAME = "week19_topic", "moving_average"
CLAIMS_NOTHING = '''


@points(5)
def test_claims_nothing(student):
    """Whatever.

    随便。
    """


@points(5)
def test_fast(student, reference, speed):
    """As fast as the reference.

    与参考答案一样快。
    """
    speed(student, reference).call("moving_average", lambda rng: rng.normal(401), 5, at_most=3.0)
'''
MISTAKE = '\n\n@mistake(of="moving_average", en="Help.", zh="帮助。"{only})\ndef {name}(values, width):\n    {body}\n'
RIGHT = "return solution.moving_average(values, width)"
DAMAGED = {
    "does_nothing_wrong": ("", RIGHT),
    "sums_up_only_again": ("", "return sums_up_only(values, width)"),
    "is_wrong_only_under_the_clock": ("", f"{RIGHT} + (values.shape[-1] > 400)"),
    "costs_nothing_more": (', only="speed"', RIGHT),
    "is_wrong_and_said_to_be_slow": (', only="speed"', "return solution.moving_average(values, max(width, 1))"),
}
FOUND = {
    "the stub passes test_claims_nothing",
    "alternative wrong does not pass test_a_negative_width_is_refused",
    "the mistake does_nothing_wrong passes every hidden test",
    "the mistake is_wrong_only_under_the_clock passes every hidden test",
    "the mistake costs_nothing_more passes every hidden test",
    "the mistake is_wrong_and_said_to_be_slow costs only time, and fails test_a_negative_width_is_refused",
    "the mistake sums_up_only is caught by test_agrees_with_the_reference, and not recognised",
    "the mistake sums_up_only_again is caught by test_agrees_with_the_reference, and not recognised",
}


@pytest.fixture
def root(course: Course, tmp_path: Path) -> Path:
    """A course of one new week, which is sound."""
    (tmp_path / "exercises").mkdir()
    shutil.copy(course.root / "exercises/roadmap.toml", tmp_path / "exercises")
    assert 0 == new_week.run(Namespace(root=tmp_path, name=WEEK, lang="en"))
    return tmp_path


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_what_the_judge_shows_to_be_unsound(root: Path, engine: Engine) -> None:
    """Every damage is named, whatever else is damaged, and what is sound counts as caught."""
    append(root / f"grader/suites/{WEEK}/test_{NAME}.py", CLAIMS_NOTHING)
    for name, (only, body) in DAMAGED.items():
        append(root / f"grader/misconceptions/{WEEK}/{NAME}.py", MISTAKE.format(name=name, only=only, body=body))
    right = (root / f"solutions/{WEEK}/{NAME}.py").read_text(encoding="utf-8")
    wrong = right.replace("if width < 1:", "if width == 0:")
    (root / f"grader/alternatives/{WEEK}/{NAME}/wrong.py").write_text(wrong, encoding="utf-8")

    (proof,) = prove(engine, Course(root).select("19", None), 2)

    found = {problem.partition(":")[0] for problem in proof.problems}
    assert FOUND == found
    assert proof.caught == proof.mistakes - len(DAMAGED) - 1


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (f"grader/suites/{WEEK}/test_{NAME}.py", CLAIMS_NOTHING, "worth 110 points"),
        (f"exercises/{WEEK}/README.md", "\nMore.\n", "is stale"),
        (f"exercises/{WEEK}/README.zh-CN.md", None, "is missing"),
        (f"solutions/{WEEK}/{NAME}.py", "\nMORE = 1\n", "is stale"),
        (f"exercises/{WEEK}/contracts.zh.toml", None, "lacks moving_average"),
        (f"exercises/{WEEK}/figures/draw.py", "\n# another line\n", "window.svg is stale"),
        (f"solutions/{WEEK}/experiments.py", "\n\ndef more(width):\n    pass\n", "README.md does not show more"),
        ("exercises/roadmap.toml", 'title = { en = "A", zh = "甲" }\n', "says the title of week19_topic"),
    ],
)
def test_what_is_unsound_before_anything_is_judged(root: Path, path: str, text: str | None, found: str) -> None:
    """Points, generated files, handouts in both languages, the road map."""
    if text is not None:
        append(root / path, text)
    elif path.endswith(".toml"):
        file = root / path
        file.write_text(
            file.read_text(encoding="utf-8").replace("[moving_average.moving_average]", "[a.b]"), encoding="utf-8"
        )
    else:
        (root / path).unlink()
    course = Course(root)

    assert [one for one in week_problems(course, course.week("19")) if found in one]

"""Contracts in Chinese: once per docstring, held to its English text, shown where a Chinese reader looks."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from grader import cli
from grader.course import contracts, stubs
from grader.course.weeks import HANDOUTS, Course, digest
from grader.learner.actions import Learner
from tests import tiny

CONTRACTS = '''
[tiny.module]
zh = "一个微型练习。"

[tiny.double]
zh = """
返回 x 的两倍。

一个反斜杠：`\\\\n`。
"""

[tiny.Counter]
zh = "累加收到的数。"

[tiny."Counter.__init__"]
zh = "从 start 开始。"

[tiny."Counter.add"]
zh = "加上一个数并返回总和。"
'''
STUB = "exercises/week01_tiny/tiny.py"


def build(root: Path) -> Course:
    """The tiny course with its contracts in Chinese and both handouts."""
    course = tiny.build(root)
    folder = root / "exercises/week01_tiny"
    (folder / contracts.FILE).write_text(CONTRACTS.lstrip(), encoding="utf-8")
    for name in HANDOUTS.values():
        text = "# Week\n\n## One\n\n<!-- label: tiny -->\n<!-- /label -->\n\n<!-- include: tiny.py double -->\n<!-- /include -->\n"
        (folder / name).write_text(text, encoding="utf-8")
    week = course.week("1")
    contracts.stamp(week, stubs.stubs_of(week))
    stubs.write(course, course.weeks)
    return Course(root)


def test_every_contract_of_the_course_is_fresh(course: Course) -> None:
    """A week that has its contracts in Chinese has them all, each of the English text as it is; week 05 has them."""
    for week in course.weeks:
        assert [] == contracts.problems(week, stubs.stubs_of(week))
    assert contracts.read(course.week("5"))


def test_the_chinese_handout_and_notebook_show_them_and_the_english_ones_do_not(tmp_path: Path) -> None:
    """The code is the same; docstrings are in the reader's language."""
    build(tmp_path)
    folder = tmp_path / "exercises/week01_tiny"

    for suffix, zh in ((".zh-CN", True), ("", False)):
        shown = (folder / f"README{suffix}.md").read_text(encoding="utf-8")
        book = json.loads((folder / f"week01_tiny{suffix}.ipynb").read_bytes())
        cells = "".join("".join(cell["source"]) for cell in book["cells"])
        for text in (shown, cells):
            assert zh == ("返回 x 的两倍。" in text) and zh != ("Return twice x." in text)
            assert 'raise NotImplementedError("week 01, tiny: write double")' in text
        assert zh == ("加上一个数并返回总和。" in cells)


def test_a_stub_in_chinese_is_the_same_program(tmp_path: Path) -> None:
    """Only docstrings and the label differ: what Python makes of both is the same but for them."""
    week = build(tmp_path).week("1")
    english, chinese = (stubs.stubs_of(week, lang)["tiny"] for lang in ("en", "zh"))

    assert contracts.docstrings(english).keys() == contracts.docstrings(chinese).keys()
    assert "返回 x 的两倍。\n\n一个反斜杠：`\\n`。" == contracts.docstrings(chinese)["double"]
    assert "难度 1/5" in chinese and "Difficulty 1 of 5" in english
    back = contracts.in_chinese(
        chinese, {name: contracts.Contract(text) for name, text in contracts.docstrings(english).items()}
    )
    plain = [line for line in english.splitlines() if not line.startswith("#")]
    assert plain == [line for line in back.splitlines() if not line.startswith("#")]


def test_a_changed_docstring_makes_its_contract_stale(tmp_path: Path) -> None:
    """It is named until it was translated again; a missing and a superfluous one are named too."""
    build(tmp_path)
    tiny.build(tmp_path, solution=tiny.SOLUTION.replace("Return twice x.", "Return the double of x."))
    week = Course(tmp_path).week("1")
    (problem,) = contracts.problems(week, stubs.stubs_of(week))
    assert "tiny.double translates an older text" in problem

    contracts.stamp(week, stubs.stubs_of(week))
    assert [] == contracts.problems(week, stubs.stubs_of(week))

    path = week.folder / contracts.FILE
    path.write_text(path.read_text(encoding="utf-8").replace("[tiny.Counter]", "[tiny.Clock]"), encoding="utf-8")
    found = contracts.problems(week, stubs.stubs_of(week))
    assert ["lacks tiny.Counter" in found[1], "tiny.Clock, and the stub has none" in found[0]] == [True, True], found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("累加收到的数。", "", "week01_tiny: contracts.zh.toml lacks tiny.Counter"),
        (
            "从 start 开始。",
            "从 `begin` 开始。",
            "week01_tiny: contracts.zh.toml: tiny.Counter.__init__ has not the same code as the English text: begin",
        ),
        ("从 start 开始。", "从 `起点` 开始，`x + 1` 也行。", ""),
    ],
)
def test_a_contract_names_the_same_code_in_both_languages(old: str, new: str, said: str, tmp_path: Path) -> None:
    """An empty one counts as none; a function that has another name in Chinese is named. It once stood there."""
    build(tmp_path)
    week = Course(tmp_path).week("1")
    path = week.folder / contracts.FILE
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    assert said == "".join(contracts.problems(week, stubs.stubs_of(week)))


def run(root: Path, *words: str) -> int:
    return cli.main([*words, "--root", str(root), "--lang", "en"])


def test_stubs_in_chinese_are_written_over_stubs_and_never_over_work(tmp_path: Path) -> None:
    """LANG=zh gives the Chinese text, and back; nothing is stale by it; somebody's work stays."""
    course = build(tmp_path)
    path = tmp_path / STUB
    english = path.read_text(encoding="utf-8")

    assert 0 == run(tmp_path, "stubs", "--in", "zh")
    chinese = path.read_text(encoding="utf-8")
    assert "返回 x 的两倍。" in chinese and [] == stubs.stale(course, course.weeks)
    assert stubs.is_given(course.week("1"), "tiny", chinese.encode())

    assert 0 == run(tmp_path, "stubs")
    assert english == path.read_text(encoding="utf-8")

    path.write_text(chinese + "# mine\n", encoding="utf-8")
    assert 1 == run(tmp_path, "stubs", "--in", "zh") == run(tmp_path, "stubs", "--in", "en") == run(tmp_path, "stubs")
    assert path.read_text(encoding="utf-8").endswith("# mine\n")


def test_submit_takes_both_for_untouched(tmp_path: Path, capsys) -> None:
    """A stub is not begun, in whichever language it stands there."""
    build(tmp_path)
    for lang in ("en", "zh"):
        run(tmp_path, "stubs", "--in", lang)
        capsys.readouterr()

        Learner(Namespace(root=tmp_path, lang="en", week=None, exercise=None, out=tmp_path / "s.zip")).submit()

        assert "not begun" in capsys.readouterr().out


def test_check_takes_both_for_untouched(course: Course) -> None:
    """Nothing is run for stubs as they were given: the manifest knows the Chinese ones too."""
    manifest = stubs.read_manifest(course.root)
    for exercise, text in stubs.stubs_of(course.week("5"), "zh").items():
        assert digest(text) == manifest[stubs.in_chinese(f"exercises/week05_attention/{exercise}.py")]

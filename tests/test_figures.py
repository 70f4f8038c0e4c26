"""Figures are drawn by code, the same every time, small, and readable in light and dark without any font."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from grader.authoring import figures
from grader.course.weeks import Course
from tests import tiny

SCRIPT = '''
def numbers(style):
    """No words."""
    figure, axes = style.page(2, 1)
    axes.text(1, 0.5, "1 + 1", color=style.blue)
    return figure


def words(style):
    """One word."""
    figure, axes = style.page(2, 1)
    axes.text(1, 0.5, style.text("two", "二"), color=style.ink)
    return figure
'''


def build(root: Path) -> Course:
    """The tiny course with two figures that both handouts show."""
    tiny.build(root)
    folder = root / "exercises/week01_tiny"
    (folder / "figures").mkdir()
    (folder / "figures/draw.py").write_text(SCRIPT, encoding="utf-8")
    for name, suffix in (("README.md", ".svg"), ("README.zh-CN.md", ".zh-CN.svg")):
        text = "".join(f"![a picture](figures/{one}{suffix})\n" for one in ("numbers", "words"))
        (folder / name).write_text(text, encoding="utf-8")
    return Course(root)


def test_every_figure_of_the_course_is_fresh_small_and_shown(course: Course) -> None:
    """None is older than the code that draws it; week 05 has five in each language."""
    for week in course.weeks:
        assert [] == figures.problems(week)
    assert 10 == len(list((course.week("5").folder / "figures").glob("*.svg")))


def test_a_figure_needs_no_font_and_turns_dark(course: Course) -> None:
    """Its text is paths, every colour has a dark one, and nothing in it is fetched from elsewhere."""
    for path in course.root.glob("exercises/*/figures/*.svg"):
        text = path.read_text(encoding="utf-8")
        names = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
        assert not names & {"text", "tspan", "image", "script"}
        assert set(re.findall(r'(?:fill|stroke): (#[0-9a-f]{6})(?=[;"])', text)) <= {
            light for light, _ in figures.COLOURS.values()
        }
        assert "prefers-color-scheme: dark" in text and all(
            f"#{dark[1:]}" in text
            for light, dark in figures.COLOURS.values()
            if f": {light}" in text.partition("</style>")[2]
        )
        assert not re.findall(r'href="(?!#)', text)


def test_the_same_drawing_gives_the_same_file(course: Course, tmp_path: Path) -> None:
    """Neither a date nor a counter is in it: the committed figures without words come out again byte by byte."""
    week = build(tmp_path).week("1")
    figures.write(week)
    once = (week.folder / "figures/numbers.svg").read_bytes()

    figures.write(week)

    assert once == (week.folder / "figures/numbers.svg").read_bytes()
    week = course.week("5")
    for name in figures.names(week):
        drawn = figures.drawn(week, name, "en", None)
        assert drawn == (week.folder / "figures" / f"{name}.svg").read_text(encoding="utf-8")


def test_without_a_chinese_font_only_what_has_chinese_words_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is drawn, and the figure that is missing is named until somebody with a font has drawn it."""
    week = build(tmp_path).week("1")
    monkeypatch.setattr(figures, "CHINESE_FONTS", ("No Such Font",))

    written, complete = figures.write(week)

    assert {"numbers.svg", "numbers.zh-CN.svg", "words.svg"} == {path.name for path in written} and not complete
    assert ["week01_tiny: figures/words.zh-CN.svg is stale: run make figures"] == figures.problems(week)


def test_a_stale_a_large_and_a_hidden_figure_are_named(tmp_path: Path) -> None:
    """Without drawing: by the key of what draws it, by its size, by the handout."""
    week = build(tmp_path).week("1")
    shutil.copy(week.folder / "figures/draw.py", tmp_path / "draw.py")
    figures.write(week)
    for path in (week.folder / "figures").glob("*.zh-CN.svg"):  # also where this machine has no font
        path.write_text(f"<!-- drawn from {figures.key_of(week)} -->\n<svg/>\n", encoding="utf-8")
    (week.folder / "figures/words.zh-CN.svg").write_text(
        f"<!-- drawn from {figures.key_of(week)} -->\n<svg/>\n", encoding="utf-8"
    )
    assert [] == figures.problems(week)

    with (week.folder / "figures/numbers.svg").open("a", encoding="utf-8") as file:
        file.write("<!-- " + "x" * figures.MOST_BYTES + " -->")
    readme = week.folder / "README.md"
    readme.write_text(
        readme.read_text(encoding="utf-8").replace("![a picture](figures/words", "![](figures/words"), encoding="utf-8"
    )
    found = figures.problems(week)
    assert ["bytes, more than" in found[0], "does not show figures/words.svg" in found[1], len(found)] == [
        True,
        True,
        2,
    ]

    with (week.folder / "figures/draw.py").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    assert 4 == sum("is stale" in problem for problem in figures.problems(week))

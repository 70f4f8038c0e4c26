"""Handouts read alike: the title of the road map, the same sections in the same order, one name for each."""

import re

import pytest

from grader.course import experiments, stubs
from grader.course.weeks import HANDOUTS, Course, Week, default_root

WEEKS = Course(default_root()).weeks
SECTIONS = (
    (
        "What you will be able to do",
        "A worked example by hand",
        "The shapes",
        "Exercise",
        "Check yourself",
        "Sources",
    ),
    ("学完之后你能做什么", "手算例题", "形状", "练习", "自测", "出处"),
)
"""By the order of HANDOUTS: English, Chinese. CONTRIBUTING.md tells authors the same."""
EXERCISE = re.compile(r"(Exercise|练习) (\d+)[:：]")


def outside_code(week: Week, language: int) -> str:
    text = (week.folder / [*HANDOUTS.values()][language]).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def headings(week: Week, language: int, level: str) -> list[str]:
    return re.findall(rf"^{level} (.+)$", outside_code(week, language), re.MULTILINE)


def experiments_of(week: Week, language: int) -> list[str]:
    """The heading of the experiments, where the week has some."""
    return [("Experiments", "实验")[language]] if experiments.of_week(week) else []


@pytest.mark.parametrize("language", [0, 1], ids=["en", "zh"])
@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.name)
def test_sections_stand_in_the_order_that_authors_are_told(week: Week, language: int) -> None:
    """What, example, shapes, one section for each exercise, experiments, questions, sources; and nothing else."""
    what, example, shapes, exercise, check, sources = SECTIONS[language]

    found = headings(week, language, "##")

    colon = ":："[language]
    exercises = [f"{exercise} {number}{colon}" for number in range(1, len(week.exercises) + 1)]
    shown = [match[0] if (match := EXERCISE.match(heading)) else heading for heading in found]
    assert [what, example, shapes, *exercises, *experiments_of(week, language), check, sources] == shown


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.name)
def test_titles_are_those_of_the_road_map(week: Week) -> None:
    """The first line is the week's number and its title, written as week.toml writes it."""
    assert headings(week, 0, "#") == [f"Week {week.number}: {week.title['en']}"]
    assert headings(week, 1, "#") == [f"第 {week.number} 周：{week.title['zh']}"]


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.name)
def test_chinese_prose_has_chinese_quotation_marks(week: Week) -> None:
    """Straight ones belong to code and to the English titles of sources."""
    text = outside_code(week, 1).partition(f"\n## {SECTIONS[1][-1]}\n")[0]
    for code in (stubs.INCLUDE, re.compile(r"`[^`\n]+`")):
        text = code.sub("", text)

    assert [line for line in text.splitlines() if '"' in line] == []


@pytest.mark.parametrize("language", [0, 1], ids=["en", "zh"])
@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.name)
def test_percentages_are_written_alike(week: Week, language: int) -> None:
    """A space stands before the sign: 95 %."""
    assert re.findall(r"\d+(?:\\?%)", outside_code(week, language)) == []

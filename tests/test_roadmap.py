"""The road map: in the terminal and as a page, in both languages, with a learner's progress on it."""

import os
import re
import shutil
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from grader.authoring.site import first_page
from grader.course.weeks import Course
from grader.learner import roadmap
from grader.learner.progress import Progress
from grader.learner.roadmap_page import direct, page, rows, run
from tests import tiny

STAGES = """
[[stage]]
title = { en = "First", zh = "第一" }
week = [{ name = "week01_tiny", title = { en = "Tiny", zh = "微型" }, needs = [] }]
"""


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    """Week 05 with its first exercise passed and its second begun."""
    progress = Progress(tmp_path)
    first = progress.entry("week05_attention", "attention")
    first.checks, first.best, first.of, first.passed = 4, 40, 40, datetime.now(UTC)
    second = progress.entry("week05_attention", "multi_head")
    second.checks, second.best, second.of, second.hints = 2, 7, 20, 3
    return progress


@pytest.mark.parametrize(("lang", "title", "done"), [("en", "Road map", "done"), ("zh", "学习路线", "完成")])
def test_the_page_shows_every_week_and_how_far_it_is(
    course: Course, progress: Progress, lang: str, title: str, done: str
) -> None:
    """All planned weeks are there; what is passed, begun and next is said in words; links lead to the handouts."""
    text = page(course, progress, lang, course.root)

    assert title in text and f'<span class="hue">{done}</span>' in text
    for stage in course.stages:
        assert stage.title[lang] in text
        for week in stage.week:
            assert 1 == text.count(f'id="{week.name}"') and week.title[lang] in text
    first = course.weeks[0]  # nothing of it is passed
    assert f"make check WEEK={first.number} EX={first.exercises[0].name}" in text
    handouts = set(re.findall(r'href="(exercises/[^"]+)"', text))
    assert len(course.weeks) == len(handouts) and all((course.root / path).is_file() for path in handouts)


@pytest.mark.parametrize(("lang", "dashed"), [("en", "Dashed"), ("zh", "虚线")])
def test_dashes_are_explained_only_where_a_week_is_to_come(tmp_path: Path, lang: str, dashed: str) -> None:
    """On the page of the road map and on the first page of the site."""
    planned = '\n{ name = "week02_next", title = { en = "Next", zh = "下周" }, needs = [] },'
    tiny.build(tmp_path)
    for text, told in ((STAGES, False), (STAGES.replace("week = [", f"week = [{planned}"), True)):
        (tmp_path / "exercises/roadmap.toml").write_text(text, encoding="utf-8")
        course = Course(tmp_path)
        assert told == (dashed in page(course, Progress(tmp_path), lang, tmp_path))
        assert told == (dashed in first_page(course, lang))


def test_a_week_is_done_without_its_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra is shown as one; it neither keeps a week from being done nor is where the learner is sent."""
    course = tiny.build(tmp_path, toml=tiny.WEEK_TOML + extra("more"))
    (tmp_path / "exercises/roadmap.toml").write_text(STAGES, encoding="utf-8")
    progress = Progress(tmp_path)
    progress.entry("week01_tiny", "tiny").passed = datetime.now(UTC)
    progress.entry("week01_tiny", "tiny").best, progress.entry("week01_tiny", "more").best = 20, 7

    way = roadmap.Roadmap(course, progress)
    week = way.week(course.stages[0].week[0])

    assert (week.state, week.done, len(week.asked), len(week.stops)) == ("done", 1, 1, 2)
    assert way.next is None
    monkeypatch.setattr(way, "judged", True)
    assert way.total("en").startswith("20 of 100")  # 7 points are from a time when `more` was no extra
    text = page(course, progress, "en", tmp_path)
    assert "extra · 1 min" in text and "<b>20</b>" in text


def extra(name: str) -> str:
    """The tiny exercise once more, under another name and as an extra."""
    return tiny.WEEK_TOML.partition("[[exercise]]")[2].join(["\n[[exercise]]", "extra = true\n"]).replace("tiny", name)


def test_the_page_needs_nothing_else(course: Course, progress: Progress) -> None:
    """Nothing is loaded from anywhere, and every link inside the page has its target."""
    text = page(course, progress, "en", course.root)

    assert [] == re.findall(r'(?:src|href)="(?:https?:|//)', text) and "<script" not in text
    assert set(re.findall(r'href="#(\w+)"', text)) <= set(re.findall(r'id="(\w+)"', text))


def test_links_lead_from_where_the_page_is_written(course: Course, tmp_path: Path) -> None:
    """A page in another folder links to the handouts from there."""
    out = tmp_path / "deep/er/map.html"
    out.parent.mkdir(parents=True)

    assert 0 == run(Namespace(root=course.root, lang="en", out=out))

    links = re.findall(r'href="([^"]+README\.md)"', out.read_text(encoding="utf-8"))
    assert links and all((out.parent / link).resolve().is_file() for link in links)


def test_the_picture_draws_each_step_once(course: Course) -> None:
    """A line that follows from two others is left out, and every week stands below what it builds on."""
    weeks = {week.name: week for stage in course.stages for week in stage.week}
    depth = {week.name: place for place, row in enumerate(rows(list(weeks.values()))) for week in row}

    assert ["week06_position_and_norm"] == direct(weeks["week07_transformer"], weeks)  # week 06 builds on week 05
    assert all(depth[need] < depth[week.name] for week in weeks.values() for need in week.needs)


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_terminal_shows_the_same(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, lang: str
) -> None:
    """Six stages and eighteen weeks fit a narrow terminal; weeks that are not there yet are named as to come."""
    monkeypatch.setitem(os.environ, "COLUMNS", str(width))

    assert 0 == roadmap.run(Namespace(root=course.root, lang=lang))

    shown = capsys.readouterr().out
    stages = course.stages
    words = "".join(shown.split())
    assert all("".join(week.title[lang].split()) in words for stage in stages for week in stage.week)
    assert sum(len(stage.week) for stage in stages) - len(course.weeks) == len(re.findall("tocome|即将推出", words))


@pytest.fixture
def released(tmp_path: Path) -> Course:
    """A course without hidden tests, as students have it, its exercise passed."""
    course = tiny.build(tmp_path)
    shutil.rmtree(tmp_path / "grader")
    (tmp_path / "exercises/roadmap.toml").write_text(STAGES, encoding="utf-8")
    progress = Progress(tmp_path)
    entry = progress.entry("week01_tiny", "tiny")
    entry.checks, entry.examples, entry.of_examples = 2, 3, 5
    progress.save()
    return course


def test_a_release_counts_exercises_and_examples(released: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """Without hidden tests nobody can earn a point: no points are named, in the terminal and on the page."""
    roadmap.run(Namespace(root=released.root, lang="en"))

    said = capsys.readouterr().out
    assert "3 of 5 tests passed" in said and "0 of 1 exercises done" in said and "points" not in said
    text = page(released, Progress(released.root), "en", released.root)
    assert "3 of 5 tests passed" in text and "0 of 1 exercises done" in text and "points" not in text


def test_a_narrow_terminal_keeps_its_columns(
    course: Course, progress: Progress, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 30 columns a title goes on under its own beginning, and Chinese breaks between characters."""
    monkeypatch.setenv("COLUMNS", "30")

    roadmap.run(Namespace(root=course.root, lang="zh"))

    weeks = [line for line in capsys.readouterr().out.splitlines() if line[:1].isspace() and line.strip()]
    assert all(line.startswith("  ") for line in weeks)
    assert [] == [line for line in weeks if line.strip() and line.strip()[0] in "。，、：）"]
    assert max(cell_len(line) for line in weeks) <= 30 < len("".join(weeks))

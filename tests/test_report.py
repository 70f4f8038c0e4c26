"""What the terminal shows: on narrow screens, in Chinese, and when something else than an answer is wrong."""

import io
import json
from argparse import Namespace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.course import stubs
from grader.learner.check import Checking
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict
from grader.report.terminal import Terminal
from tests import tiny

MORE = {"test": None, "all": False}
LONG = "对前缀和后缀因果注意力：3 个词元各自（包括第一个词元在内）只能看到自己，以及在它之前的全部位置。"


OTHER = [TestResult("other", {"en": "-", "zh": "-"}, Verdict.PASSED)]


def shown(root: Path, test: TestResult, width: int, lang: str = "zh") -> list[str]:
    """The lines of a report on one exercise with this one test."""
    out = io.StringIO()
    week = tiny.build(root).week("1")
    Terminal(lang, Console(file=out, width=width)).exercise(ExerciseResult(week.name, "tiny", [test, *OTHER]), week)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def failed(*findings: Finding, **more: str) -> TestResult:
    return TestResult("t", {"en": LONG, "zh": LONG}, Verdict.FAILED, findings=list(findings), **more)  # type: ignore[arg-type]


def test_chinese_fills_a_narrow_line_and_goes_on_below_its_beginning(tmp_path: Path) -> None:
    """In 40 columns a sentence breaks between characters, never before a full stop, and keeps its indent."""
    lines = shown(tmp_path, failed(Finding("not_written")), 40)[2:-2]

    assert LONG.replace(" ", "") == "".join(lines).replace(" ", "")
    assert all(line.startswith("   ") and 30 < cell_len(line) <= 40 for line in lines[:-1])
    assert not any(line.lstrip()[0] in "，。：）" for line in lines)


def test_an_unwritten_stub_is_named_and_nothing_else(tmp_path: Path) -> None:
    """The English words that a stub raises are no part of a Chinese sentence; a learner's own words are."""
    stub = Finding("not_written", {"message": "week 01, tiny: write double"})

    assert shown(tmp_path, failed(stub), 80)[-2].strip() == "尚未编写：double。"
    assert "尚未编写：以后再写。" in shown(tmp_path, failed(Finding("not_written", {"message": "以后再写"})), 80)[-2]
    assert shown(tmp_path, failed(Finding("not_written", {"message": ""})), 80)[-2].strip() == "尚未编写。"


def test_carets_stay_below_what_they_point_at(tmp_path: Path) -> None:
    """A line of a traceback that is too long is cut, not wrapped."""
    code = f"    return {'x + ' * 40}y"
    trace = f'  File "tiny.py", line 3, in double\n{code}\n           ^^^^\n'

    lines = shown(tmp_path, failed(Finding("raised", {"type": "E", "message": "m"}), traceback=trace), 80)

    place = next(number for number, line in enumerate(lines) if "return x" in line)
    assert lines[place].index("x + ") == lines[place + 1].index("^^^^")
    assert lines[place].endswith("…")


def test_examples_that_cannot_be_read_are_the_learners(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A syntax error in a visible example ends with its file and line and exit code 2, in a report and in JSON."""
    course = tiny.build(tmp_path)
    stubs.write(course, course.weeks)
    (tmp_path / "exercises/week01_tiny/test_tiny.py").write_text("x = 1\n\ndef test(student)\n", encoding="utf-8")
    words = {"root": tmp_path, "week": None, "exercise": "tiny", "source": None, "device": "cpu", "jobs": 1, **MORE}

    for as_json in (False, True):
        args = Namespace(**words, lang="en", debug=False, spawn=False, json=as_json)
        assert 2 == Checking(args).run()

        said = capsys.readouterr().out
        said = json.loads(said)["tests"][0]["output"] if as_json else " ".join(said.split())
        assert "exercises/week01_tiny/test_tiny.py cannot be read, line 3: SyntaxError" in said
        assert "grader itself" not in said and "importlib" not in said


def test_a_verdict_is_shown_though_it_cannot_be_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the folder of progress costs the note and not the check."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))
    (tmp_path / ".progress").touch()
    words = {"root": course.root, "week": None, "exercise": "tiny", "source": None, "device": "cpu", "jobs": 1, **MORE}

    assert 0 == Checking(Namespace(**words, lang="en", debug=False, spawn=False, json=False)).run()

    said = capsys.readouterr()
    assert "All passed." in said.out and "progress.json: a part of this path is a file" in said.err

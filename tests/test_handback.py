"""After grading: a dispute that can be decided from one screen, archives that the LMS takes back, scores without names."""

import argparse
import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from rich.cells import cell_len

from grader import cli
from grader.classroom.dispute import _exercise
from grader.classroom.ledger import StudentRecord, WeekRecord
from grader.course.weeks import Course, default_root
from grader.errors import UserError
from tests import tiny

CANVAS, MOODLE = "okaforada_501_9001_tiny.py", "Bo Lindqvist_77_assignsubmission_file_"
HIDDEN = "LATE_anon_x1Yz2_9002_tiny.py"
"""As Canvas names a file where it hides the students' names."""


def run(root: Path, *words: object, expect: int = 0) -> str:
    """Run a command on the tiny course; return what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.main([*map(str, words), "--root", str(root / "course"), "--lang", "en"])
    assert expect == code, said.getvalue()
    return said.getvalue()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class with files of Canvas, one without a name, a Moodle folder and a plain one, graded."""
    root = tmp_path_factory.mktemp("class")
    tiny.build(root / "course")
    for name, code in (
        (CANVAS, "def double(x): return x * x"),
        (HIDDEN, ""),
        (f"{MOODLE}/tiny.py", ""),
        ("chen/week01_tiny/tiny.py", ""),
    ):
        path = root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tiny.answers(code))
    run(root, "grade", "--from", root / "in", "--out", root / "out")
    return root


def test_a_dispute_shows_what_decides_it(graded: Path) -> None:
    """Verdict, sentence, what was expected, the judged code and the history; a test that is not there is answered."""
    words = ("dispute", "--student", "501", "--out", graded / "out")

    said = run(graded, *words, "--test", "test_doubles")

    for part in (
        "test_doubles: FAILED (0 of 10",
        "Every element is doubled.",
        "expected",
        "squar",
        "return x * x",
        "5  first handed in",
    ):
        assert part in said, (part, said)
    assert "nearest are: test_doubles" in run(graded, *words, "--test", "nothing", expect=2)
    assert "nearest are: test_doubles, test_doubles_a_view" in run(graded, *words, "--test", "test_double", expect=2)
    assert "nope" in run(graded, *words, "--test", "test_doubles", "--exercise", "nope", expect=2)
    assert "Not among the submissions" in run(
        graded, "dispute", "--student", "x", "--test", "y", "--out", graded / "out", expect=2
    )


def test_a_dispute_says_that_a_file_was_not_handed_in(graded: Path, tmp_path: Path) -> None:
    """No heading stands over nothing; an empty file was handed in."""
    for student, files in (("ann", {"other.py": b"x = 1\n"}), ("bo", {"other.py": b"x = 1\n", "tiny.py": b""})):
        folder = tmp_path / "in" / student / "week01_tiny"
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    for name in ("exercises", "solutions", "grader"):
        shutil.copytree(graded / "course" / name, tmp_path / "course" / name)
    run(tmp_path, "grade", "--from", tmp_path / "in", "--out", tmp_path / "out")
    words = ("dispute", "--test", "test_doubles", "--out", tmp_path / "out", "--student")

    ann, bo = run(tmp_path, *words, "ann"), run(tmp_path, *words, "bo")

    assert "tiny.py was not handed in." in ann and "as it was judged" not in ann
    assert "tiny.py as it was judged:" in bo and "was not handed in" not in bo


class Screen(io.StringIO):
    """A terminal, as a program sees it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("command", ["grade", "dispute"])
def test_sentences_fit_a_terminal_and_are_whole_in_a_file(
    graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, lang: str
) -> None:
    """In 60 columns no line is wider, a Chinese character counting twice, but code; what is read is the same."""
    monkeypatch.setenv("COLUMNS", "60")
    words = {"grade": ("--from", graded / "in"), "dispute": ("--student", "501", "--test", "test_doubles")}[command]
    out = shutil.copytree(graded / "out", tmp_path / "out")
    told = [command, "--root", graded / "course", "--out", out, "--lang", lang, *words]
    said = []
    for stream in (io.StringIO(), Screen()):
        with contextlib.redirect_stdout(stream):
            assert 0 == cli.main([*map(str, told)])
        said.append(stream.getvalue())

    pipe, screen = said
    assert "".join(pipe.split()) == "".join(screen.split())
    assert (command == "dispute") == ("\n\n" in pipe) == ("\n\n" in screen)
    code = {line for line in pipe.splitlines() if line[:5].strip().isdigit()}
    assert max(cell_len(line) for line in pipe.splitlines() if line not in code) > 60
    assert [] == [line for line in screen.splitlines() if cell_len(line) > 60 and line not in code]
    assert code <= {*screen.splitlines()}


def test_a_hidden_test_is_meant_before_an_example_of_its_name(graded: Path) -> None:
    """Points stand on the hidden one."""
    example = graded / "course/exercises/week01_tiny/test_tiny.py"
    example.write_text("def test_doubles(student):\n    pass\n", encoding="utf-8")
    words = ("dispute", "--student", "501", "--out", graded / "out", "--test", "test_doubles")
    try:
        assert "of 10" in run(graded, *words)
    finally:
        example.unlink()


def test_of_many_exercises_the_nearest_tests_are_named(tmp_path: Path) -> None:
    """A mistyped test of a term of weeks is answered by a few names, not by every exercise."""
    course = Course(default_root())
    entry = StudentRecord("Ada", weeks={week.name: WeekRecord("", {}, True) for week in course.weeks})
    args = argparse.Namespace(week=None, exercise=None, student="ada", test="test_agrees_with_the_referense")

    with pytest.raises(UserError, match="dispute_no_test") as caught:
        _exercise(course, entry, args)
    assert "test_agrees_with_the_reference" in caught.value.values["known"].split(", ")[:2]
    assert 7 > len(caught.value.values["known"].split(", "))
    args.exercise = "atention"
    with pytest.raises(UserError, match="unknown_exercise_near"):
        _exercise(course, entry, args)


def test_feedback_goes_back_under_the_names_that_it_came_with(graded: Path) -> None:
    """Canvas finds a page by the beginning of its name, Moodle by the folder; who came otherwise is in neither."""
    run(graded, "feedback", "--out", graded / "out")

    names = {}
    for system in ("canvas", "moodle"):
        with zipfile.ZipFile(graded / f"out/feedback-{system}.zip") as archive:
            names[system] = archive.namelist()
    canvas = ["LATE_anon_x1Yz2_9002_feedback.html", "okaforada_501_9001_feedback.html"]
    assert {"canvas": canvas, "moodle": [f"{MOODLE}/feedback.html"]} == names


@pytest.mark.parametrize("command", ["feedback", "gradescope"])
def test_an_archive_is_whole_or_the_one_before(graded: Path, tmp_path: Path, command: str) -> None:
    """On a disk that fills up while it is written, the archive of an earlier run stays, and nothing else is left."""
    shutil.copytree(graded / "out", tmp_path / "out")
    archive = tmp_path / "out" / ("feedback-canvas.zip" if command == "feedback" else "autograder.zip")
    archive.write_bytes(b"the archive of an earlier run")
    before = sorted(archive.parent.iterdir())
    place = archive.parent if command == "feedback" else archive
    words = [command, "--out", str(place), "--root", str(graded / "course"), "--lang", "en"]
    script = "import resource, signal, sys; from grader.cli import main\n"
    script += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99))\n"

    done = subprocess.run(
        [sys.executable, "-B", "-c", f"{script}sys.exit(main({words}))"], capture_output=True, text=True
    )

    assert 2 == done.returncode and str(archive.parent) in done.stderr, done.stderr
    assert b"the archive of an earlier run" == archive.read_bytes() and before == sorted(archive.parent.iterdir())


def test_scores_without_names_hold_no_name(graded: Path) -> None:
    """Every test of everybody, and nothing by which anybody is known."""
    run(graded, "feedback", "--out", graded / "out")

    text = (graded / "out/anonymous.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert 12 == len(rows) and {"1", "2", "3", "4"} == {row["student"] for row in rows}
    assert not any(name in text.lower() for name in ("okafor", "ada", "501", "lindqvist", "77", "chen", "x1yz2"))


def test_a_student_page_leads_with_what_failed_and_shows_the_code(graded: Path) -> None:
    """The judged code stands on the page, escaped; the class page names who failed the hardest test."""
    page = (graded / "out/501/feedback.html").read_text(encoding="utf-8")
    assert "The code that was judged" in page and "def double(x): return x * x" in page

    report = (graded / "out/report.html").read_text(encoding="utf-8")
    assert "Failed by the most" in report
    results = json.loads((graded / "out/501/results.json").read_bytes())
    assert 5 == results["score"]

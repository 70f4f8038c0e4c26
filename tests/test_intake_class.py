"""What a teacher hears when a class is collected: strangers, file times, a folder that is its own output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny
from tests.handed_in import NOON

RULES = "rule = { per_day = 0.5 }\n[due]\nweek01 = 2026-02-01T00:00:00Z\n"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A tiny course with a class of six, whose files are a month late."""
    tiny.build(tmp_path / "course")
    for number in range(6):
        target = tmp_path / f"in/s{number}/tiny.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(tiny.answers(""))
        os.utime(target, (NOON, NOON))
    (tmp_path / "class.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "roster.csv").write_text(
        "id,name\n" + "".join(f"s{n},Name {n}\n" for n in range(1, 6)), encoding="utf-8"
    )
    return tmp_path


def grade(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the grade command of the tiny course, as a new process."""
    given = ["--root", str(folder / "course"), "--from", str(folder / "in"), "--lang", "en"]
    whole = [sys.executable, "-P", "-m", "grader", "grade", *given, *words]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


def test_output_into_the_submissions_is_refused(room: Path) -> None:
    """OUT=FROM would make students of our own files: it is an error of the user, and nothing is written."""
    before = sorted(path.name for path in (room / "in").iterdir())

    done = grade(room, "--out", str(room / "in"))

    assert 2 == done.returncode and "OUT and FROM" in done.stderr
    assert before == sorted(path.name for path in (room / "in").iterdir())


def test_a_class_that_is_late_by_file_times_stops_and_asks(room: Path) -> None:
    """Nothing is judged until it is said what file times are worth; ignored, they cost nothing and are told."""
    words = ["--out", str(room / "out"), "--rules", str(room / "class.toml"), "--json"]

    asked, ignored = grade(room, *words), grade(room, *words, "--times", "ignore")

    assert 2 == asked.returncode and "6 of 6" in asked.stderr and "TIMES=" in asked.stderr
    assert {20.0} == {row["score"] for row in json.loads(ignored.stdout)}


def test_strangers_and_missing_students_are_named(room: Path) -> None:
    """Who is not on the roster is to be looked at, by name; who handed nothing in is there too."""
    (room / "in/s5/tiny.py").unlink()
    (room / "in/s5").rmdir()

    done = grade(room, "--out", str(room / "out"), "--roster", str(room / "roster.csv"))

    assert 0 == done.returncode, done.stderr
    assert "s0: nobody on the roster" in done.stdout and "s5: Nothing was submitted" in done.stdout
    assert "s1:" not in done.stdout

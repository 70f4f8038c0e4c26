"""What a teacher hears when a class is collected: strangers, file times, a folder that is its own output."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.classroom.notices import KIND_OF, KINDS
from grader.course.weeks import default_root
from tests import tiny
from tests.handed_in import NOON, notebook

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
    start = "import sys; from pathlib import Path; import grader.cli as cli; "
    start += f"cli.default_root = lambda: Path({str(folder / 'course')!r}); sys.exit(cli.main(sys.argv[1:]))"
    whole = [sys.executable, "-P", "-c", start, "grade", "--from", str(folder / "in"), "--lang", "en", *words]
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


def test_what_was_left_out_is_named_to_the_teacher_in_sum(room: Path) -> None:
    """Code that a notebook lost, a file that was not read, a choice between two files: how many, and whose."""
    (room / "in/s1/tiny.py").unlink()
    code = ["table = [2]", "refill(table)", tiny.answers("def double(x): return table[0] * x").decode()]
    (room / "in/s1/week01_tiny.ipynb").write_bytes(notebook(*code))
    (room / "in/s2/work.rar").write_bytes(b"Rar!")
    (room / "in/s3/tiny(1).py").write_bytes(tiny.answers("def double(x): return x"))

    done = grade(room, "--out", str(room / "out"))

    assert "Code of a notebook was left out, as their reports say line by line: 1 (s1)" in done.stdout
    assert "A file was left out, as their reports say: 1 (s2)" in done.stdout
    assert "which and why: 1 (s3)" in done.stdout
    page = re.sub(r"\s+", " ", (room / "out/report.html").read_text(encoding="utf-8"))
    assert "as their reports say line by line: 1</h2>" in page and "as their reports say: 1</h2>" in page
    assert "refill(table)" in (room / "out/s1/feedback.html").read_text(encoding="utf-8")


def test_one_reason_of_many_students_is_one_line(room: Path) -> None:
    """What is to be looked at is told by reason, the first students by name."""
    for path in room.glob("in/*/tiny.py"):
        path.write_bytes(b"what = open('/etc/passwd')\n" if path.parent.name < "s2" else b"")
    for number in range(6, 9):
        (room / f"in/s{number}.py").write_bytes(b"import os\n")

    done = grade(room, "--out", str(room / "out"))

    lines = [line for line in done.stdout.splitlines() if "holds none of the exercises" in line]
    assert 1 == len(lines) and "s6, s7, s8: " in lines[0]


UNTOLD = {
    "no_folder hidden",  # what the command itself refuses
    "missing nothing failed took_too_long disagree two_claim not_in_roster",  # a student to look at, by name
    "taken_written defined_twice marked_late more",  # as it should be
}


def test_every_note_is_of_a_kind() -> None:
    """What intake says of a submission is counted for the teacher, or there is a reason why not."""
    text = (default_root() / "grader/messages.toml").read_text(encoding="utf-8")
    keys = set(re.findall(r"(?m)^intake_(\w+) =", text))

    told = {key.removeprefix("intake_") for key in KIND_OF}
    assert keys == told | {key for keys in UNTOLD for key in keys.split()}
    assert set(KINDS) == set(re.findall(r"(?m)^(sum_\w+) =", text))

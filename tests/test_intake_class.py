"""What a teacher hears when a class is collected: strangers, file times, a folder that is its own output."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.classroom.estimate import Estimate, time_left
from grader.classroom.exports import cell
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
    """Who is not on the roster is to be looked at, by name; who handed nothing in is named, and no case for a look."""
    (room / "in/s5/tiny.py").unlink()
    (room / "in/s5").rmdir()

    done = grade(room, "--out", str(room / "out"), "--roster", str(room / "roster.csv"))

    assert 0 == done.returncode, done.stderr
    assert "s0: nobody on the roster" in done.stdout and "to look at: 1." in done.stdout
    assert "Nothing of week01_tiny was handed in: 1 (s5)" in done.stdout
    assert "s1:" not in done.stdout


def test_a_class_file_applies_until_another_is_named(room: Path) -> None:
    """Penalties and decisions do not vanish where RULES is left out; a file that is gone is asked for."""
    words = ("--out", str(room / "out"), "--times", "files", "--json")
    given = grade(room, *words, "--rules", str(room / "class.toml"))
    left_out = grade(room, *words)
    assert json.loads(given.stdout) == json.loads(left_out.stdout) and "class.toml applies" in left_out.stderr
    assert {0.0} == {row["score"] for row in json.loads(given.stdout)}

    (room / "class.toml").rename(room / "other.toml")
    gone = grade(room, *words)
    assert 2 == gone.returncode and "not there any more" in gone.stderr
    (room / "empty.toml").touch()
    assert {20.0} == {
        row["score"] for row in json.loads(grade(room, *words, "--rules", str(room / "empty.toml")).stdout)
    }


def test_a_part_of_the_class_does_not_make_the_rest_strangers_to_the_class_file(room: Path) -> None:
    """Who is on the roster and was not asked for takes the course; who is on neither is named."""
    rules = room / "people.toml"
    rules.write_text(f"{RULES}[extensions]\ns2 = {{ week01 = 1 }}\nzoe = {{ week01 = 1 }}\n", encoding="utf-8")
    words = ("--student", "s1", "--roster", str(room / "roster.csv"), "--rules", str(rules), "--times", "ignore")

    done = grade(room, "--out", str(room / "out"), *words)

    assert 0 == done.returncode and "The class file names zoe (extensions), whom" in done.stdout, (
        done.stdout + done.stderr
    )


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


def test_a_mark_of_canvas_costs_a_day_and_tells_no_time(room: Path) -> None:
    """Downloaded a month later, a marked file is one day late and the others are in time; nobody is told when it came."""
    for number, name in enumerate(("annlee_LATE_1_9_tiny.py", "bomoe_2_8_tiny.py")):
        (room / f"in/s{number}/tiny.py").rename(room / "in" / name)
    for number in range(6):
        shutil.rmtree(room / f"in/s{number}")

    done = grade(room, "--out", str(room / "out"), "--rules", str(room / "class.toml"))

    assert "Marked as late by Canvas" in done.stdout and "by the times of their files" not in done.stdout, done.stderr
    found = {name: json.loads((room / f"out/{name}/results.json").read_bytes())["score"] for name in ("1", "2")}
    assert {"1": 10, "2": 20} == found
    assert not any(
        re.search(r"handed in \d", path.read_text(encoding="utf-8")) for path in room.glob("out/*/feedback.html")
    )


@pytest.mark.parametrize("sign", "=+-@＝＋－＠\t")
def test_no_table_holds_a_formula(sign: str) -> None:
    """Also full-width signs begin a formula, in a spreadsheet of an East Asian Windows."""
    assert cell(f"{sign}1+2").startswith("'")


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
    "missing unpack nothing other_week failed took_too_long disagree two_claim doubtful_user not_in_roster",  # a student to look at, by name
    "taken_written defined_twice marked_late more",  # as it should be
}


def test_every_note_is_of_a_kind() -> None:
    """What intake says of a submission is counted for the teacher, or there is a reason why not."""
    text = (default_root() / "grader/messages.toml").read_text(encoding="utf-8")
    keys = set(re.findall(r"(?m)^intake_(\w+) =", text))

    told = {key.removeprefix("intake_") for key in KIND_OF}
    assert keys == told | {key for keys in UNTOLD for key in keys.split()}
    assert set(KINDS) == set(re.findall(r"(?m)^(sum_\w+) =", text))


def scores(done: subprocess.CompletedProcess[str]) -> dict[str, float]:
    assert 0 == done.returncode, done.stderr
    return {row["student"]: row["score"] for row in json.loads(done.stdout)}


def test_only_who_is_late_is_graded(room: Path) -> None:
    """LATE: by the class file, extensions included; the others' reports are as they were."""
    (room / "class.toml").write_text(
        RULES.replace("0.5", "0.5, most = 0.5") + "[extensions]\ns1 = { week01 = 40 }\n", encoding="utf-8"
    )
    (room / "in/s2/tiny.py").write_bytes(tiny.answers("def double(x): return x"))
    for name in ("s3", "s4"):
        os.utime(room / f"in/{name}/tiny.py", (0, 0))
    words = ["--out", str(room / "out"), "--rules", str(room / "class.toml"), "--json", "--times", "files"]

    late = scores(grade(room, *words, "--late"))
    everybody = scores(grade(room, *words))

    assert {"s0", "s2", "s5"} == late.keys()
    assert {"s1", "s3", "s4"} == {name for name, score in everybody.items() if score == 20}
    assert {"s0": 10.0, "s2": 2.5, "s5": 10.0} == late


def test_only_what_is_new_is_graded(room: Path) -> None:
    """NEW: who handed in something else than what was graded last, or for the first time; nobody else is looked at."""
    words = ["--out", str(room / "out"), "--json"]
    scores(grade(room, *words))
    (room / "in/s1/tiny.py").write_bytes(tiny.answers("def double(x): return x"))
    os.utime(room / "in/s2/tiny.py")
    (room / "in/s9.py").write_bytes(tiny.answers(""))

    assert {"s1": 5.0, "s9": 20.0} == scores(grade(room, *words, "--new"))
    assert {} == scores(grade(room, *words, "--new"))
    assert "Nothing to grade" in (said := grade(room, *words[:2], "--new").stdout) and 1 == len(said.splitlines())
    assert 7 == len(list((room / "out").glob("*/results.json")))


def test_an_estimate_knows_that_exercises_differ() -> None:
    """Ten quick ones done say little of ten slow ones; their first result says the rest, at the pace of this machine."""
    quick, slow = ("week01_x", "quick"), ("week01_x", "slow")
    estimate = Estimate({quick: 10, slow: 10}, {quick: 10, slow: 200}, begun=100.0)
    assert estimate.seconds(100.0) is None

    for _ in range(10):
        estimate.judged(quick, 1.0)
    assert 100.0 == estimate.seconds(105.0)  # two at a time: 10 s of work took 5; each slow one is worth 20 quick ones
    estimate.judged(slow, 40.0)

    assert 180.0 == estimate.seconds(125.0)
    assert ("about 3 min left", "约剩 60 秒", "") == (time_left(180, "en"), time_left(60, "zh"), time_left(None, "en"))

"""A class: judged once, stored by contents, resumed after any kill, and never stopped by one submission."""

import csv
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader import cli
from grader.classroom import grade
from grader.classroom.exports import GradeTable, Row
from grader.classroom.grade import Grading
from grader.classroom.results import Classroom, Graded, Keep, Store, Tasks, owned
from grader.course import proofs
from grader.course.weeks import Course, default_root
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import Submission
from grader.outcomes import ExerciseResult, TestResult, Verdict
from tests import tiny

KILLS = 50
ANSWERS = {
    "ada": tiny.answers(""),
    "bo": tiny.answers("def double(x): return x + x"),
    "chen": tiny.answers("def double(x): return x * x"),
    "dina": tiny.answers("import os\ndef double(x): os._exit(0)"),
    "emil": b"def double(x:\n",
}
SCORES = {"ada": 20.0, "bo": 20.0, "chen": 5.0, "dina": 5.0, "emil": 0.0, "fay": None}


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    """A tiny course with a class of six, one of them with a file that is no archive."""
    tiny.build(tmp_path / "course")
    submissions = tmp_path / "submissions"
    for student, source in ANSWERS.items():
        target = submissions / student / "week01_tiny" / "tiny.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(source)
    (submissions / "fay.zip").write_bytes(b"this is no archive")
    return tmp_path


def command(folder: Path, *words: str) -> list[str]:
    """The grade command of the tiny course, as a new process runs it."""
    places = {"--root": folder / "course", "--from": folder / "submissions", "--out": folder / "graded"}
    given = [str(word) for pair in places.items() for word in pair]
    return [sys.executable, "-P", "-m", "grader", "grade", *given, *words]


def graded(folder: Path, *words: str, expect: int = 0) -> dict[str, float | None]:
    """Run the command and return the scores by student."""
    done = subprocess.run(command(folder, "--json", *words), capture_output=True, text=True, check=False)
    assert expect == done.returncode, done.stderr
    return {row["student"]: row["score"] for row in json.loads(done.stdout)}


def stored(folder: Path) -> dict[str, int]:
    """Every stored result with the time at which it was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "graded/.results").rglob("*.json")}


def test_a_class_is_graded_whatever_is_in_it(class_folder: Path) -> None:
    """Every submission gets a score; an unusable one gets a named error; the files are there."""
    assert SCORES == graded(class_folder)

    out = class_folder / "graded"
    assert {"grades.csv", "canvas.csv", "report.html"} <= {path.name for path in out.iterdir()}
    result = json.loads((out / "chen" / "results.json").read_text(encoding="utf-8"))
    assert (5, 20) == (result["score"], result["max_score"])
    assert "squares" in {test["extra_data"]["mistake"] for test in result["tests"]}
    assert (out / "fay" / "feedback.html").is_file()


def test_a_second_run_judges_only_what_changed(class_folder: Path) -> None:
    """Nothing is judged again until a file, or the suite, changes."""
    graded(class_folder)
    first = stored(class_folder)
    graded(class_folder)
    assert first == stored(class_folder)

    (class_folder / "submissions/chen/week01_tiny/tiny.py").write_bytes(
        tiny.answers("def double(x): return 2 * x  # now")
    )
    assert SCORES | {"chen": 20.0} == graded(class_folder)
    assert 1 == len(stored(class_folder).keys() - first.keys())

    tiny.build(class_folder / "course", suite=tiny.SUITE.replace("@points(10)", "@points(11)"))
    assert 21.0 == graded(class_folder)["ada"]


def test_a_suite_that_changed_since_it_was_proven_is_named(class_folder: Path) -> None:
    """A class is judged by it all the same; who edits a suite in the middle of a term should prove it."""
    course = Course(class_folder / "course")
    week = course.week("1")
    proofs.write(week, "tiny", proofs.Proof(proofs.basis(week, week.exercises[0])))
    told = []
    for suite in (tiny.SUITE, tiny.SUITE + "\n# changed\n"):
        tiny.build(class_folder / "course", suite=suite)
        done = subprocess.run(command(class_folder, "--lang", "en"), capture_output=True, text=True, check=True)
        told.append("never proven: 01 tiny." in done.stderr)

    assert [False, True] == told


def test_who_hands_in_the_courses_own_answer_is_to_be_looked_at(class_folder: Path) -> None:
    """By a run of make grade, and so is nobody else; the example class is made of the course's answers, and is not."""
    parts = "".join(f".part_{n}()" for n in range(60))  # long enough to be somebody's
    solution = f"{tiny.SOLUTION}\n\ndef unused(x):\n    return x{parts}\n"
    tiny.build(class_folder / "course", solution=solution)
    (class_folder / "submissions/bo/week01_tiny/tiny.py").write_text(solution, encoding="utf-8")

    told = said(class_folder)
    example = class_folder / "course" / grade.EXAMPLE_CLASS
    shutil.copytree(class_folder / "submissions", example / "submissions")
    words = ["--root", str(class_folder / "course"), "--out", str(class_folder / "own"), "--lang", "en", "--week", "1"]
    words = [sys.executable, "-P", "-m", "grader", "grade", *words]
    own = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert "bo: it is the course's own answer" in told
    assert "fay" in own and "own answer" not in own


def test_a_log_is_told_how_far_a_long_run_is(
    class_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no terminal shows a bar: a line now and then, none in a short run."""
    for seconds in (grade.TELL_SECONDS, 0):
        monkeypatch.setattr(grade, "TELL_SECONDS", seconds)
        assert 0 == cli.main([*command(class_folder, "--lang", "en", "--again")[4:]])

        assert bool(seconds) != ("grading  5/5  6 of 6 students" in capsys.readouterr().err)


def test_two_runs_on_one_folder_do_not_mix(tmp_path: Path) -> None:
    """The second run on an output folder is told that it is in use."""
    with owned(tmp_path), pytest.raises(UserError, match="out_in_use"), owned(tmp_path):
        pass


def test_a_damaged_result_is_judged_again(tmp_path: Path) -> None:
    """Half a file, or none of ours, counts as no result."""
    store = Store(tmp_path)
    store.put("ab" * 32, ExerciseResult("week01_tiny", "tiny"))
    path = next((tmp_path / ".results").rglob("*.json"))
    for text in (path.read_bytes()[:-3], b"[]", b""):
        path.write_bytes(text)
        assert store.get("ab" * 32) is None


def test_a_judging_that_failed_is_not_hidden_by_an_older_result(tmp_path: Path) -> None:
    """AGAIN judged anew and the grader failed: that is the last word, until one succeeds."""
    store, key = Store(tmp_path), f"{'ab' * 32}-1"
    good = ExerciseResult("week01_tiny", "tiny", [TestResult("test", {"en": "-", "zh": "-"}, Verdict.PASSED)])
    store.put(key, good)
    store.put(key, failed := ExerciseResult("week01_tiny", "tiny", broken="no memory"))

    assert (None, failed, good) == (store.get(key), store.get(key, unsure=True), store.former(key))
    store.put(key, good)
    assert good == store.get(key) == store.get(key, unsure=True)


def said(folder: Path, *words: str, expect: int = 0, **environment: str) -> str:
    """Run the command and return what it says."""
    words, more = ("--lang", "en", *words), {"env": {**os.environ, **environment}}
    done = subprocess.run(command(folder, *words), capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert expect == done.returncode, done.stderr
    return str(done.stdout + done.stderr)


def sheet(folder: Path, name: str = "grades.csv", key: str = "student") -> dict[str, dict[str, str]]:
    """The rows of a table in the output folder."""
    with (folder / "graded" / name).open(encoding="utf-8-sig", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


BREAKS = {
    "suite": {"suite": tiny.SUITE + "\ndef broken(:\n"},
    "reference": {"solution": tiny.SOLUTION + "\n1 / 0\n"},
    "hidden test": {"suite": tiny.SUITE.replace("assert_same(student.double(x), 2 * x)", "1 / 0")},
    "visible example": {},
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_failure_of_the_grader_costs_nobody_a_grade(class_folder: Path, what: str) -> None:
    """Whatever of ours is broken: earlier scores stand, new ones are blank, both are said with exercise and cause."""
    assert SCORES == graded(class_folder)
    before = {student: row["final"] for student, row in sheet(class_folder).items()}
    tiny.build(class_folder / "course", **BREAKS[what])
    if what == "visible example":
        example = class_folder / "course/exercises/week01_tiny/test_tiny.py"
        example.write_text("def test_shown(:\n", encoding="utf-8")
    new = class_folder / "submissions/gina/week01_tiny/tiny.py"
    new.parent.mkdir(parents=True)
    new.write_bytes(ANSWERS["ada"] + b"\n# mine\n")

    text = said(class_folder, "--changes", expect=3)

    rows = sheet(class_folder)
    assert {**before, "gina": ""} == {student: row["final"] for student, row in rows.items()}
    assert "" == rows["gina"]["score"] == rows["gina"]["week01_tiny/tiny"]
    assert "" == sheet(class_folder, "canvas.csv", "SIS Login ID")["gina"]["week01_tiny"]
    assert "20" == sheet(class_folder, "canvas.csv", "SIS Login ID")["ada"]["week01_tiny"]
    kept = 2 if what == "hidden test" else 5  # it is skipped for the others, whose answers are wrong before it
    assert "week01_tiny/tiny" in text and f"earlier score stands: {kept}; students without a score: 1." in text
    assert ("ZeroDivisionError" in text) if what in ("reference", "hidden test") else ("SyntaxError" in text), text
    assert None is json.loads((class_folder / "graded/gina/results.json").read_bytes())["score"]
    assert {**SCORES, "gina": None} == graded(class_folder, expect=3)

    tiny.build(class_folder / "course")
    (class_folder / "course/exercises/week01_tiny/test_tiny.py").unlink(missing_ok=True)
    assert {**SCORES, "gina": 20.0} == graded(class_folder)


def test_a_folder_whose_name_is_no_utf_8_is_graded_like_any_other(class_folder: Path) -> None:
    """As packed on a Chinese Windows: everybody is graded, and who is no more in it goes, as from any folder."""
    folder = os.fsencode(class_folder) + "/作业".encode("gb18030")
    os.rename(class_folder / "submissions", folder)
    assert SCORES == graded(class_folder, "--from", os.fsdecode(folder))

    shutil.rmtree(folder + b"/bo")

    assert SCORES.keys() - {"bo"} == graded(class_folder, "--from", os.fsdecode(folder)).keys()
    assert SCORES.keys() - {"bo"} == sheet(class_folder).keys()


def test_an_output_folder_in_the_clone_is_no_part_of_it(class_folder: Path) -> None:
    """Git sees nothing of a new one, wherever it lies; one that was there, and one outside, stay as they are."""
    clone = class_folder / "course"
    subprocess.run(["git", "init", "--quiet", clone], check=True)
    (clone / "notes").mkdir()
    (clone / "notes/mine.txt").touch()
    for out in (clone / "results", clone / "deep/er", clone / "notes", class_folder / "outside"):
        graded(class_folder, "--out", str(out), "--student", "ada")

    listed = ["git", "-C", clone, "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    assert (clone / "results/ada/feedback.html").is_file() and (clone / "deep/er/grades.csv").is_file()
    assert "?? exercises/" in seen and "?? notes/ada" in seen
    assert "?? results/" not in seen and "?? deep/" not in seen
    assert not (class_folder / "outside/.gitignore").exists()


def add_week(folder: Path) -> None:
    """A second week, like the first."""
    course = folder / "course"
    for place in ("exercises", "solutions", "grader/suites", "grader/misconceptions"):
        shutil.copytree(course / place / "week01_tiny", course / place / "week02_more")


def test_one_week_or_one_student_is_added_to_what_is_there(class_folder: Path) -> None:
    """Another week keeps the first one's reports; a folder with one student changes that student only."""
    add_week(class_folder)
    for student in ("ada", "bo"):
        own = class_folder / "submissions" / student
        shutil.copytree(own / "week01_tiny", own / "week02_more")
    graded(class_folder, "--week", "1")
    text = said(class_folder, "--week", "2")
    assert "graded: 3;" in text and "  Nothing of week02_more was handed in: 3 (chen, dina, emil)" in text.splitlines()
    assert {"ada": 20.0, "bo": 20.0} == {
        who: score for who, score in graded(class_folder, "--week", "2").items() if score
    }

    rows = sheet(class_folder)
    assert ("40", "40", "5") == tuple(rows[who]["final"] for who in ("ada", "bo", "chen"))
    assert ("20", "20") == (rows["ada"]["week01_tiny/tiny"], rows["ada"]["week02_more/tiny"])
    assert {"40"} == {row["max_score"] for row in rows.values()}
    assert {"week01_tiny.html", "week02_more.html"} < {path.name for path in (class_folder / "graded").iterdir()}

    alone = class_folder / "late"
    (alone / "chen/week01_tiny").mkdir(parents=True)
    (alone / "chen/week01_tiny/tiny.py").write_bytes(ANSWERS["ada"])
    text = said(class_folder, "--week", "1", "--changes", "--from", str(alone))
    assert "graded: 1;" in text and "chen: 5 before, 20 now" in text
    again = sheet(class_folder)
    assert {**rows, "chen": again["chen"]} == again and "20" == again["chen"]["final"]


def test_two_weeks_in_one_run_are_as_two_runs(class_folder: Path) -> None:
    """Of who handed in one of them, the other is missing: no list of failures, and the points of both are there."""
    add_week(class_folder)
    shutil.copytree(*(class_folder / f"submissions/ada/week0{name}" for name in ("1_tiny", "2_more")))
    out, told = class_folder / "graded", []
    for runs in (("1", "2"), ("1 2",)):
        shutil.rmtree(out, ignore_errors=True)
        for weeks in runs:
            graded(class_folder, "--week", weeks)
        chen = json.loads((out / "chen/results.json").read_bytes())
        told.append((sheet(class_folder), chen["score"], chen["max_score"], len(chen["tests"])))
        page = (out / "report.html").read_text(encoding="utf-8")
        handed_in, missing, *_ = re.findall(r'<td class="num">(\d+)</td>', page.partition("week02_more")[2])
        assert ("2", "4") == (handed_in, missing)  # fay's archive, which nobody can read, may hold it

    assert told[0] == told[1] and (5, 40) == told[0][1:3]


def test_a_week_that_nobody_handed_in_counts_in_every_table(class_folder: Path) -> None:
    """What the term is worth is the same number on a student's page and in grades.csv."""
    add_week(class_folder)
    (class_folder / "submissions/fay.zip").unlink()

    assert "Nothing of" not in said(class_folder, "--week", "1 2")  # else a run of all weeks would say so of most

    assert 40 == json.loads((class_folder / "graded/chen/results.json").read_bytes())["max_score"]
    assert {("40", "12.5")} == {
        (row["max_score"], row["percent"]) for who, row in sheet(class_folder).items() if who == "chen"
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_a_report_is_as_private_as_its_owner_says(tmp_path: Path) -> None:
    """Grades are for whom any other file of this user would be for."""
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "grades.csv", b"1")
    finally:
        os.umask(before)

    assert 0o600 == (tmp_path / "grades.csv").stat().st_mode & 0o777
    assert ["grades.csv"] == os.listdir(tmp_path)


def test_one_student_is_asked_for_by_name(class_folder: Path) -> None:
    """STUDENT judges only that one, AGAIN also without a change; an unknown one is refused."""
    graded(class_folder)
    before, rows = stored(class_folder), sheet(class_folder)

    assert {"ada": 20.0} == graded(class_folder, "--student", "ada", "--again")

    assert 1 == sum(before[name] != when for name, when in stored(class_folder).items())
    assert rows == sheet(class_folder)
    assert "adda" in said(class_folder, "--student", "adda", expect=2)


def test_a_name_that_the_terminal_cannot_show_ends_no_run(class_folder: Path) -> None:
    """A Chinese name on a terminal of another code page is written in escapes."""
    (class_folder / "submissions/fay.zip").rename(class_folder / "submissions/李雷.zip")

    text = said(class_folder, PYTHONIOENCODING="cp1252")

    assert "\\u674e" in text and "report.html" in text


def test_a_disk_that_is_full_is_named(tmp_path: Path) -> None:
    """What cannot be written says which file it was, although the operating system does not."""
    script = "import resource, sys; from pathlib import Path; from grader.files import Spool, write_atomically\n"
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    script += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    for call in (
        "write_atomically(Path(sys.argv[1]) / 'grades.csv', bytes(9999))",
        "Spool(Path(sys.argv[1])).put(bytes(9999))",
    ):
        body = f"{script}try:\n    {call}\nexcept OSError as error:\n    print(error.filename)"
        done = subprocess.run([sys.executable, "-c", body, str(tmp_path)], capture_output=True, text=True, check=True)
        assert str(tmp_path) in done.stdout


def test_another_class_leaves_no_report_of_the_first(class_folder: Path) -> None:
    """Reports on students who are not in the class any more go; whatever else lies in the folder stays."""
    out, submissions = class_folder / "graded", class_folder / "submissions"
    assert "removed" not in said(class_folder)
    (out / "bo" / "note.txt").write_text("Talk to him.", encoding="utf-8")
    (out / "chen" / "results.json").write_text("{}", encoding="utf-8")
    (out / "dina" / "feedback.html").unlink()
    (out / "dina" / "feedback.html").symlink_to(out / "report.html")
    (out / "empty").mkdir()
    for name in ("bo", "chen", "dina", "emil"):
        shutil.rmtree(submissions / name)
    (submissions / "ada").rename(submissions / "gil")
    (submissions / "fay.zip").rename(submissions / "Fay.zip")

    text = said(class_folder, "--changes")

    kept = {"gil": 2, "Fay": 2, "bo": 3, "chen": 2, "dina": 2, "empty": 0}
    assert kept == {
        path.name: len(list(path.iterdir())) for path in out.iterdir() if path.is_dir() and path.name != ".results"
    }
    assert f"were removed from {out}: 3 (ada, emil, fay)." in text and "Scores changed: 0." in text
    assert "removed" not in said(class_folder)


def test_what_is_counted_reads_right_for_one(class_folder: Path) -> None:
    """A class of one: no plural of it anywhere."""
    for name in (*(set(ANSWERS) - {"ada"}), "fay.zip"):
        path = class_folder / "submissions" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    graded(class_folder)
    (class_folder / "submissions/ada/week01_tiny/tiny.py").write_bytes(ANSWERS["chen"])

    text = said(class_folder, "--changes")

    assert "Submissions graded: 1; to look at: 0." in text and "Scores changed: 1." in text
    assert "1 s" not in text


def test_killed_at_any_moment_and_run_again_gives_the_same_grades(class_folder: Path) -> None:
    """kill -9 of the command, or of any process under it, at random moments; then the same command gives the same grades."""
    rng = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(command(class_folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.05, 2.5))  # the moment of the kill is what is random here, nothing waits for it
        victims = [process.pid, *family(process.pid)]
        for pid in rng.sample(victims, rng.randint(1, len(victims))):
            kill(pid)
        kill(process.pid)
        process.wait()
        for path in sorted((class_folder / "graded").rglob("*.json")):  # so that every run has something to judge
            if rng.random() < 0.5:
                path.unlink()

    assert SCORES == graded(class_folder)
    assert [] == [path for path in Path("/proc").glob("[0-9]*/cmdline") if is_ours(path, class_folder)]


def family(pid: int) -> list[int]:
    """All descendants of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *family(child)]
    return found


def is_ours(cmdline: Path, folder: Path) -> bool:
    """Whether a process was started by a command of this test."""
    try:
        return str(folder).encode() in cmdline.read_bytes()
    except OSError:
        return False


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_folder_that_cannot_be_locked_is_not_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems know no locks: there the class is graded without one."""

    def refuse(*args: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("grader.classroom.results.fcntl.flock", refuse)
    with owned(tmp_path), owned(tmp_path):
        assert (tmp_path / ".lock").is_file()


def test_what_could_not_be_measured_of_one_student_is_not_taken_from_the_class() -> None:
    """Canvas is told the most that anybody could get, whoever comes first."""
    week = Course(default_root()).week("5")
    grade_table = GradeTable([(week, week.exercise("attention"))], "en")
    for student, points in (("ada", 30.0), ("bob", 40.0), ("eve", 35.0)):
        test = TestResult("t", {"en": "-", "zh": "-"}, Verdict.PASSED, points=points, max_points=points)
        graded = Graded(Submission(student, student), [ExerciseResult(week.name, "attention", [test])])
        grade_table.add(Row(graded, {}, "en"))

    assert "Points Possible" in grade_table.canvas() and "40" in grade_table.canvas().splitlines()[1]


def test_the_course_is_looked_at_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before every task; what somebody changes in the meantime is found all the same."""
    looks, keys = [0], ["as it was"]

    def key(task: object) -> str:
        looks[0] += 1
        return keys[-1]

    monkeypatch.setattr("grader.classroom.results.course_key", key)
    course = tiny.build(tmp_path / "course")
    room = Classroom(course, course.select(None, None), tmp_path / "out", False, "cpu")
    for number in range(50):
        room.admit(Submission(f"s{number}", "-", {"week01_tiny": {"tiny.py": f"x = {number}".encode()}}))

    def run(tasks: Tasks, keep: Keep) -> None:
        assert 49 == len([next(tasks) for _ in range(49)]) and 5 > looks[0]
        keys.append("changed")
        monkeypatch.setattr("time.monotonic", lambda: 1e12)
        next(tasks)

    with pytest.raises(UserError, match="course_changed"):
        room.judge(run)


def test_a_week_that_the_gradebook_lacks_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of several weeks that were asked for, those that were not built are not left out in silence."""
    course = tiny.build(tmp_path / "course")
    for place in ("exercises", "solutions", "grader/suites", "grader/misconceptions"):
        shutil.copytree(course.root / place / "week01_tiny", course.root / place / "week02_more")
    (tmp_path / "in").mkdir()
    recorder: Any = lambda *_: SimpleNamespace(expect=lambda weeks: weeks[:1])  # noqa: E731
    words = ["grade", "--root", course.root, "--from", tmp_path / "in", "--out", tmp_path / "out", "--course", tmp_path]

    for weeks, told in (("01 02", True), ("01", False)):
        args = cli.parsed([*map(str, words), "--week", weeks])
        args.lang, args.recorder = "en", recorder
        assert ["week01_tiny"] == [week.name for week in Grading(args).weeks]
        assert told == ("week02_more" in capsys.readouterr().err)

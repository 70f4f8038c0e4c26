"""A real course directory of nbgrader: built, graded both ways, and not to be led astray by what is handed in."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from grader import cli
from grader.course.weeks import default_root
from grader.gradebook.plugins import RULES
from grader.intake.lateness import read_rules
from tests import tiny

WEEK = "week01_tiny"
ASKED = 'reasoning = [{ en = "Why twice?", zh = "为什么是两倍？", points = 5 }]'
HANDOUT = (
    "# Tiny\n\n## Exercise 1: tiny\n\nTwice.\n\n<!-- include: tiny.py double -->\n<!-- /include -->\n\nMind the view.\n"
)
CLASS = """
rule = { per_day = 0.1 }
[due]
week01 = 2026-03-01T00:00:00Z
[extensions]
lucky = { week01 = 2 }
"""
COUNTER = tiny.SOLUTION[tiny.SOLUTION.index("class Counter") :]
RIGHT = "import torch\n\n\ndef double(x):\n    return 2 * x\n"
SQUARE = "def double(x):\n    return x * x\n"
EXITS = "import os\n\n\ndef double(x):\n    os._exit(0)\n"
WARNS = "import warnings\n\n\ndef double(x):\n    warnings.warn('mind')\n    return 2 * x\n"
ROBS = """
def everybody_gets_full_marks():
    import sqlite3, glob
    for place in ("gradebook.db", "../gradebook.db", "../../gradebook.db", "../../../gradebook.db", {db!r}):
        with sqlite3.connect(place) as db:
            db.execute("update grade set manual_score = 99")


def double(x):
    everybody_gets_full_marks()
    return 2 * x


everybody_gets_full_marks()
"""
READS = """
def double(x):
    return 2 * x if open({source!r}).read() else x
"""
SCORES = {
    "ada": 20.0,
    "bo": 5.0,
    "O'Hara, Jr": 20.0,
    "duplicated": 20.0,
    "deleted": 20.0,
    "edited": 20.0,
    "stripped": 20.0,
    "extra_key": 20.0,
    "no_json": 0.0,
    "warns": 20.0,
    "exits": 5.0,
    "robs": 5.0,
    "reads": 5.0,
    "late": 20.0,
    "lucky": 20.0,
    "blank": 0.0,
}
"""What each is worth before penalties; `late` loses two days, `lucky` has an extension of two days."""
MODULE = "module"
"""Handed in a .py: nbgrader's own command does not see it, ours does."""

Change = Callable[[dict[str, Any]], None]


def asking(more: str = "") -> str:
    """The tiny week's table with its question in words, and more."""
    return tiny.WEEK_TOML.replace("[[exercise]]", f"{ASKED.removesuffix(']')}{more}]\n\n[[exercise]]")


class CourseDirectory:
    """A course directory under test, and what can be done to it."""

    def __init__(self, root: Path, weeks: Path) -> None:
        self.root = root
        self.weeks = weeks

    def run(self, *words: object, expect: int | None = 0) -> str:
        """Run a command of ours on the tiny course, in this process: to import nbgrader takes longer than most commands."""
        said = io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment()),
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            code = cli.main([*map(str, words), "--root", str(self.weeks)])
        assert expect in (None, code), said.getvalue()
        return said.getvalue()

    def nbgrader(self, *words: object, expect: int | None = 0) -> str:
        """Run a stock command of nbgrader in the course directory."""
        return self.process([sys.executable, "-m", "nbgrader", *map(str, words)], expect)

    def process(self, command: list[str], expect: int | None) -> str:
        done = subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert expect in (None, done.returncode), done.stdout + done.stderr
        return done.stdout + done.stderr

    def environment(self) -> dict[str, str]:
        own = {name: str(self.root.parent / "home") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
        return {**os.environ, **own, "LANG": "C.UTF-8"}

    def build(self, **changed: str) -> None:
        """Build or update the directory, after a change to the tiny course."""
        tiny.build(self.weeks, toml=asking(), **changed)
        self.run("nbgrader", "--course", self.root, "--rules", self.weeks / "class.toml")

    def grade(self, *words: object) -> str:
        """Grade what was handed in, and return what was said."""
        where = ("--from", self.root / "submitted", "--course", self.root, "--out", self.root.parent / "out")
        return self.run("grade", *where, "--lang", "en", *words)

    def reported(self) -> dict[str, dict[str, str]]:
        """The rows of our own grades.csv by student."""
        return table(self.root.parent / "out" / "grades.csv", "student")

    def exported(self) -> dict[str, dict[str, str]]:
        """The rows of nbgrader's export by student."""
        self.nbgrader("export", "--to", "all.csv")
        return table(self.root / "all.csv", "student_id")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as db:
            return list(db.execute(query))

    def write(self, query: str) -> None:
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as db, db:
            db.execute(query)

    def grades(self, column: str = "auto_score", cell: str = "tiny") -> dict[str, Any]:
        """One column of a cell's grades by student."""
        return dict(self.rows(f"select s.student_id, g.{column} {self.joined(cell)}"))

    def joined(self, cell: str, student: str = "%") -> str:
        """The part of a query that finds a cell's grades."""
        return (
            "from grade g join base_cell c on g.cell_id = c.id join submitted_notebook n on g.notebook_id = n.id "
            f"join submitted_assignment s on n.assignment_id = s.id where c.name = '{cell}' and s.student_id like '{student}'"
        )

    def penalties(self) -> dict[str, float]:
        query = "select s.student_id, n.late_submission_penalty from submitted_notebook n "
        return dict(self.rows(query + "join submitted_assignment s on n.assignment_id = s.id"))

    def notebook(self, step: str, student: str = ".") -> dict[str, Any]:
        path = self.root / step / student / WEEK / f"{WEEK}.ipynb"
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def hand_in(self, student: str, change: Change) -> None:
        """Write what a student made of the released notebook."""
        notebook = self.notebook("release")
        change(notebook)
        self.put(student, f"{WEEK}.ipynb", json.dumps(notebook))

    def put(self, student: str, name: str, text: str) -> None:
        path = self.root / "submitted" / student / WEEK / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def table(path: Path, key: str) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """The cell with an id."""
    found: dict[str, Any] = next(cell for cell in notebook["cells"] if cell["id"] == name)
    return found


def answer(source: str) -> Change:
    """Fill in the exercise, and words for the question."""

    def change(notebook: dict[str, Any]) -> None:
        cell(notebook, "tiny-double")["source"] = source
        cell(notebook, "tiny-Counter")["source"] = COUNTER
        cell(notebook, "answer-1")["source"] = "Because."

    return change


def duplicated(notebook: dict[str, Any]) -> None:
    """Every cell twice, the first time unwritten."""
    first = json.loads(json.dumps(notebook["cells"]))
    answer(RIGHT)(notebook)
    notebook["cells"] = [part for pair in zip(first, notebook["cells"], strict=True) for part in pair]


def deleted(notebook: dict[str, Any]) -> None:
    """No check cell, and the answer in a cell of the student's own."""
    answer(RIGHT)(notebook)
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "execution_count": None, "source": RIGHT}
    kept = [part for part in notebook["cells"] if part["id"] not in ("tiny", "tiny-double", "answer-1")]
    notebook["cells"] = [*kept, own]


def edited(notebook: dict[str, Any]) -> None:
    """More points, another id, another check."""
    answer(RIGHT)(notebook)
    cell(notebook, "tiny")["source"] = "20.0"
    cell(notebook, "tiny")["metadata"]["nbgrader"]["points"] = 200
    cell(notebook, "tiny-double")["metadata"]["nbgrader"].update(grade=True, points=50, grade_id="mine", locked=True)
    cell(notebook, "answer-1")["metadata"]["nbgrader"]["grade_id"] = 7


def stripped(notebook: dict[str, Any]) -> None:
    """No ids, no metadata."""
    answer(RIGHT)(notebook)
    notebook.update(metadata={}, nbformat_minor=4)
    for part in notebook["cells"]:
        part["metadata"] = {}
        del part["id"]


def extra_key(notebook: dict[str, Any]) -> None:
    answer(RIGHT)(notebook)
    for part in notebook["cells"]:
        part["metadata"].setdefault("nbgrader", {})["favourite_colour"] = "blue"


def fill(course: CourseDirectory) -> None:
    """JudgeCache everything in."""
    plain = {"ada": RIGHT, "bo": SQUARE, "O'Hara, Jr": RIGHT, "warns": WARNS, "exits": EXITS, "late": RIGHT}
    plain |= {"lucky": RIGHT, "robs": ROBS.format(db=str(course.root / "gradebook.db"))}
    plain |= {"reads": READS.format(source=str(course.root / "source" / WEEK / f"{WEEK}.ipynb"))}
    for student, source in plain.items():
        course.hand_in(student, answer(source))
    for change in (duplicated, deleted, edited, stripped, extra_key):
        course.hand_in(change.__name__, change)
    course.hand_in("blank", lambda notebook: None)
    course.put("no_json", f"{WEEK}.ipynb", "{ this is no notebook")
    for student in ("late", "lucky"):
        course.put(student, "timestamp.txt", "2026-03-02 12:00:00 UTC")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """A course directory with a class's submissions, not yet graded."""
    folder = tmp_path_factory.mktemp("nbgrader")
    course = CourseDirectory(folder / "course", folder / "weeks")
    handout = course.weeks / "exercises" / WEEK / "README.md"
    handout.parent.mkdir(parents=True)
    handout.write_text(HANDOUT, encoding="utf-8")
    (course.weeks / "class.toml").write_text(CLASS, encoding="utf-8")
    course.root.mkdir()
    line = f"grader.gradebook.configure(c, __file__, pathlib.Path({str(course.weeks)!r}))"
    config = f"import pathlib\nimport grader.gradebook\nc = get_config()\n{line}\n"
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    course.build()
    fill(course)
    return course


def copy_of(built: CourseDirectory, folder: Path, *students: str) -> CourseDirectory:
    """Copy the directory; of what was handed in, only these students' where any are named."""
    shutil.copytree(built.root, folder / "course")
    for path in (folder / "course" / "submitted").iterdir():
        if students and path.name not in students:
            shutil.rmtree(path)
    return CourseDirectory(folder / "course", built.weeks)


@pytest.fixture(scope="module")
def ours(built: CourseDirectory, tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """Graded by `grade --course`, and with a module among what was handed in."""
    course = copy_of(built, tmp_path_factory.mktemp("ours"))
    course.put(MODULE, "tiny.py", tiny.answers("").decode())
    course.grade()
    return course


@pytest.fixture(scope="module")
def theirs(built: CourseDirectory, tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """Graded by nbgrader's own command, which says how far it is."""
    course = copy_of(built, tmp_path_factory.mktemp("theirs"))
    said = course.nbgrader("autograde", WEEK)
    assert f"{WEEK}: judged {len(SCORES)} of {len(SCORES)}" in said
    return course


@pytest.fixture(params=["ours", "theirs"])
def graded(request: pytest.FixtureRequest) -> CourseDirectory:
    """The course graded each way."""
    found: CourseDirectory = request.getfixturevalue(request.param)
    return found


def test_the_directory_is_nbgraders_own(built: CourseDirectory) -> None:
    """The gradebook has the assignment with every cell and its points; no solution stands anywhere in the directory."""
    assert [("tiny", 20.0), ("answer-1", 5.0)] == built.rows(
        "select c.name, g.max_score from grade_cells g join base_cell c on g.id = c.id order by g.max_score desc"
    )
    assert {"tiny-double", "tiny-Counter", "answer-1"} == {
        name for (name,) in built.rows("select c.name from solution_cells s join base_cell c on s.id = c.id")
    }
    released = json.dumps(built.notebook("release"))
    assert "week 01, tiny: write double" in released and "return 2 * x" not in released
    assert "return 2 * x" not in json.dumps(built.notebook("source"))


def test_both_ways_give_the_same_scores(ours: CourseDirectory, theirs: CourseDirectory) -> None:
    """Whatever became of a notebook, it has the score of its definitions, and both commands give the same."""
    assert SCORES | {MODULE: 20.0} == ours.grades()
    assert SCORES == theirs.grades()
    for column in ("manual_score", "extra_credit", "needs_manual_grade"):
        assert theirs.grades(column) == {who: value for who, value in ours.grades(column).items() if who != MODULE}


def test_words_wait_for_a_person(graded: CourseDirectory) -> None:
    """An answer in words has no automatic score and needs a person, also where none is found; a blank one has 0."""
    scores, open_ = graded.grades(cell="answer-1"), graded.grades("needs_manual_grade", "answer-1")

    assert (None, 1) == (scores["ada"], open_["ada"])
    assert (0.0, 0) == (scores["blank"], open_["blank"])
    assert (None, 1) == (scores["deleted"], open_["deleted"])


def test_lateness_costs_by_the_class_file(graded: CourseDirectory) -> None:
    """A day and a half late is two days of a tenth each; an extension of two days is in time."""
    penalties = graded.penalties()

    assert 4.0 == penalties["late"]
    assert not penalties["lucky"] and not penalties["ada"]


def test_a_marked_notebook_shows_the_report_and_nothing_hidden(graded: CourseDirectory) -> None:
    """Every check cell holds the sentences of its tests; no file for students holds a test's source."""
    for student in SCORES:
        checks = [part for part in graded.notebook("autograded", student)["cells"] if part["id"] == "tiny"]
        assert 1 == len(checks) and 'notebook.check("tiny")' == "".join(checks[0]["source"])
    report = "".join(cell(graded.notebook("autograded", "bo"), "tiny")["outputs"][0]["text"])
    assert "Your answer equals the square." in " ".join(report.split())
    for path in (path for path in graded.root.rglob("*") if path.suffix in (".ipynb", ".html")):
        assert b"rng.normal(2, 3)" not in path.read_bytes(), path


def test_own_cells_and_words_are_kept_for_the_person_who_grades(graded: CourseDirectory) -> None:
    """What a student wrote stands in the marked notebook, in the course's cells where they can be told."""
    stripped_ = graded.notebook("autograded", "stripped")
    deleted_ = graded.notebook("autograded", "deleted")

    assert RIGHT == "".join(cell(stripped_, "tiny-double")["source"])
    assert 1 == sum(RIGHT == "".join(part["source"]) for part in deleted_["cells"])
    assert "Because." == "".join(cell(graded.notebook("autograded", "duplicated"), "answer-1")["source"])


def test_a_module_appears_beside_notebooks(ours: CourseDirectory) -> None:
    """A .py has a marked notebook with its code, and a place in formgrader's list of what was handed in."""
    notebook = ours.notebook("autograded", MODULE)

    assert "class Counter" in "".join(cell(notebook, "tiny-double")["source"])
    assert ours.rows(f"select timestamp from submitted_assignment where student_id = '{MODULE}'")


def test_feedback_is_written(ours: CourseDirectory) -> None:
    """Our command also makes nbgrader's pages, with our report."""
    page = (ours.root / "feedback" / "bo" / WEEK / f"{WEEK}.html").read_text(encoding="utf-8")

    assert "Your answer equals the square." in " ".join(page.split())


def test_a_persons_grades_are_never_overwritten(
    graded: CourseDirectory, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Manual scores, extra credit and comments survive building and grading again, both ways, also when the suite changes."""
    course = copy_of(graded, tmp_path, "ada", "bo")
    course.weeks = shutil.copytree(graded.weeks, tmp_path / "weeks")
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(graded.weeks), str(course.weeks)), encoding="utf-8")
    course.write("update grade set manual_score = 3.5, extra_credit = 1")
    course.write("update comment set manual_comment = 'Well put.'")

    course.build(suite=tiny.SUITE.replace("@points(10)", "@points(12)"))
    if request.node.callspec.params["graded"] == "ours":
        course.grade()
    else:
        course.nbgrader("autograde", WEEK, "--force")

    for name in ("tiny", "answer-1"):
        assert {3.5} == set(course.grades("manual_score", name).values())
        assert {1.0} == set(course.grades("extra_credit", name).values())
        open_ = tuple(course.grades("needs_manual_grade", name)[who] for who in ("ada", "bo"))
        is_ours = request.node.callspec.params["graded"] == "ours"  # asks again only where something changed
        assert ((1, 0) if is_ours and name == "tiny" else (1, 1)) == open_
    assert [("Well put.",)] == course.rows("select distinct manual_comment from comment")
    assert (22.0, 5.0) == (course.grades()["ada"], course.grades()["bo"])


def test_new_cells_find_a_place_in_old_submissions_and_old_cells_stay(theirs: CourseDirectory, tmp_path: Path) -> None:
    """A question more, then none at all: nbgrader would refuse both; submissions keep their grades."""
    course = copy_of(theirs, tmp_path, "ada", "bo")
    more = '{ en = "And why not thrice?", zh = "为什么不是三倍？", points = 2 }'
    toml = asking(f", {more}")
    course.weeks = shutil.copytree(theirs.weeks, tmp_path / "weeks")
    tiny.build(course.weeks, toml=toml)
    course.run("nbgrader", "--course", course.root)
    course.nbgrader("autograde", WEEK, "--force")
    assert None is course.grades(cell="answer-2")["ada"], "a question that was never asked waits for a person"

    tiny.build(course.weeks)
    course.run("nbgrader", "--course", course.root)
    course.nbgrader("autograde", WEEK, "--force")

    assert SCORES == course.grades()
    assert SCORES.keys() == course.grades(cell="answer-1").keys()


def test_killed_in_the_middle_and_run_again(built: CourseDirectory, tmp_path: Path) -> None:
    """nbgrader killed while it grades, then the same command: everybody has the right score."""
    few = ("ada", "bo", "blank", "exits", "no_json")
    course = copy_of(built, tmp_path, *few)
    command = [sys.executable, "-m", "nbgrader", "autograde", WEEK]
    process = subprocess.Popen(command, cwd=course.root, env=course.environment(), stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list((course.root / "autograded").glob("*"))) < 3:
        pass
    process.kill()
    process.wait()
    unfinished = next(iter(sorted((course.root / "autograded").glob("*"))))
    half = unfinished / WEEK / f"{WEEK}.ipynb"
    half.chmod(0o644)
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    course.write(
        "update grade set auto_score = 7 where id in (select g.id " + course.joined("tiny", unfinished.name) + ")"
    )

    course.nbgrader("autograde", WEEK)

    assert {student: SCORES[student] for student in few} == course.grades()


def test_the_export_is_quoted(ours: CourseDirectory) -> None:
    """nbgrader export: a comma in an id shifts nothing, penalties are taken off; Canvas gets its columns."""
    rows = ours.exported()
    ours.nbgrader("export", "--exporter=grader.gradebook.CanvasExport", "--to", "canvas.csv")

    assert ("20", "25") == (rows["O'Hara, Jr"]["score"], rows["O'Hara, Jr"]["max_score"])
    assert ("20", "4", "16") == tuple(rows["late"][name] for name in ("raw_score", "late_submission_penalty", "score"))
    with (ours.root / "canvas.csv").open(encoding="utf-8-sig", newline="") as file:
        head = next(csv.reader(file))
    assert ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", WEEK] == head
    assert "16" == table(ours.root / "canvas.csv", "SIS User ID")["late"][WEEK]


def test_a_broken_class_file_is_told_in_a_sentence(ours: CourseDirectory, tmp_path: Path) -> None:
    """nbgrader's own commands name the file and what is wrong with it, too."""
    course = copy_of(ours, tmp_path, "ada")
    (course.root / RULES).write_text(CLASS.replace("2026-03-01T", "2026-02-30T"), encoding="utf-8")

    for command in (["export", "--to", "all.csv"], ["autograde", WEEK, "--force"]):
        said = course.nbgrader(*command, expect=1)
        assert "class.toml, line 4, column 10: there is no such date" in said and "Traceback" not in said, said


@pytest.fixture
def formgrader(ours: CourseDirectory, tmp_path: Path) -> Iterator[tuple[CourseDirectory, str]]:
    """A copy of the graded course, and the address at which Jupyter serves its formgrader."""
    course = copy_of(ours, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    words = (
        f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --IdentityProvider.token= --ServerApp.port_retries=0"
    )
    command = [sys.executable, "-m", "jupyter", "server", *words.split()]
    process = subprocess.Popen(
        command, cwd=course.root, env=course.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionError:  # not up yet, or up and not ready
                continue
        yield course, f"http://127.0.0.1:{port}/formgrader"
    finally:
        process.terminate()
        process.wait()


def test_formgrader_in_a_browser(formgrader: tuple[CourseDirectory, str], chrome: Any) -> None:
    """The assignment is listed, a submission shows our report, and a grade that is typed in is saved and exported."""
    course, address = formgrader
    [(submission,)] = course.rows(
        "select n.id from submitted_notebook n join submitted_assignment s on n.assignment_id = s.id "
        "where s.student_id = 'bo'"
    )
    chrome.get(f"{address}/manage_assignments")
    wait_for(chrome, lambda: WEEK in chrome.find_element("tag name", "body").text)
    chrome.get(f"{address}/submissions/{submission}/?index=0")
    wait_for(chrome, lambda: "Your answer equals the square." in chrome.find_element("tag name", "body").text)
    box = chrome.find_element("css selector", "input.score[id='answer-1']")
    box.send_keys("4")
    chrome.execute_script("arguments[0].blur()", box)
    wait_for(chrome, lambda: 4.0 == course.grades("manual_score", "answer-1")["bo"])
    shot = os.environ.get("SCREENSHOT")
    if shot:
        chrome.save_screenshot(shot)

    assert "9" == course.exported()["bo"]["score"]


def wait_for(driver: Any, true: Callable[[], bool]) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 60).until(lambda _: true())


def test_names_of_the_roster_stay_when_submissions_come_from_elsewhere(built: CourseDirectory, tmp_path: Path) -> None:
    """A folder outside is graded into the gradebook under the same ids, with its own times and the roster's names."""
    course = copy_of(built, tmp_path, "blank")
    (tmp_path / "roster.csv").write_text("id,first name,last name\nada,Ada,Lovelace\n", encoding="utf-8")
    for student in ("ada", "new"):
        target = tmp_path / "elsewhere" / student / WEEK / "tiny.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(tiny.answers(""))
        os.utime(target, (0, 0))

    course.run("nbgrader", "--course", course.root, "--roster", tmp_path / "roster.csv")
    said = course.run("grade", "--from", tmp_path / "elsewhere", "--course", course.root, "--out", tmp_path / "out")

    assert {"ada": 20.0} == course.grades()
    assert "new is not in the gradebook" in said and "nobody on the roster has this name or number" in said
    names = course.rows("select id, first_name, last_name from student order by id")
    assert [("ada", "Ada", "Lovelace")] == names
    assert [("1970-01-01 00:00:00.000000",)] == course.rows("select distinct timestamp from submitted_assignment")


ROSTER = """id,first name,last name,e-mail
bo,Bo,"Lindqvist, Jr.",bo@x.org
late,Ana María,García Márquez,ana@x.org
"O'Hara, Jr",三,欧阳,li@x.org
ada
lucky
"""


@pytest.fixture(scope="module")
def rostered(built: CourseDirectory, tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """Graded with a roster and late submissions: two with an extension, one with a stamp that is no time."""
    folder = tmp_path_factory.mktemp("rostered")
    course = copy_of(built, folder, "ada", "bo", "late", "lucky", "O'Hara, Jr")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    rules = CLASS + '"O\'Hara, Jr" = { week01 = 1 }\nghost = { week01 = 1 }\n'
    (course.root / RULES).write_text(rules, encoding="utf-8")
    for student in ("bo", "O'Hara, Jr"):
        course.put(student, "timestamp.txt", "2026-03-02 12:00:00 UTC")
    course.put("ada", "timestamp.txt", "yesterday")
    course.run("nbgrader", "--course", course.root, "--roster", folder / "roster.csv")
    course.grade()
    return course


def finals(course: CourseDirectory) -> dict[str, float]:
    """Everybody's final grade; asserts that our reports and nbgrader's export give the same."""
    ours, theirs = course.reported(), course.exported()
    found = {student: float(row["score"]) for student, row in theirs.items()}
    assert found == {student: float(ours[student.replace("'", "_").replace(", ", "__")]["final"]) for student in theirs}
    return found


def test_reports_and_export_give_the_same_finals(rostered: CourseDirectory, tmp_path: Path) -> None:
    """Penalties come from the directory's own class file, or from RULES, and from the gradebook's due dates."""
    rostered = copy_of(rostered, tmp_path)
    said = rostered.grade()

    assert {"ada": 20, "bo": 4, "late": 16, "lucky": 20, "O'Hara, Jr": 18} == finals(rostered)
    assert "ghost (extensions)" in said and "gradebook, and that counts" not in said

    harder = tmp_path / "harder.toml"
    harder.write_text(CLASS.replace("0.1", "0.25"), encoding="utf-8")
    rostered.grade("--rules", harder)
    assert {"ada": 20, "bo": 2.5, "late": 10, "lucky": 20, "O'Hara, Jr": 10} == finals(rostered)

    rostered.write("update assignment set duedate = '2026-03-02 00:00:00'")
    rostered.write("update submitted_assignment set extension = '1970-01-02 00:00:00' where student_id = 'late'")
    said = rostered.grade()
    assert {"ada": 20, "bo": 4.5, "late": 20, "lucky": 20, "O'Hara, Jr": 20} == finals(rostered)
    assert f"{WEEK} is due 2026-03-02 00:00:00+00:00 by the gradebook" in said


def test_names_stay_as_the_roster_gives_them(rostered: CourseDirectory) -> None:
    """Commas and two-word names reach the gradebook, both exports and our own reports whole; so do addresses."""
    rostered.nbgrader("export", "--exporter=grader.gradebook.CanvasExport", "--to", "canvas.csv")
    rows, canvas = rostered.exported(), table(rostered.root / "canvas.csv", "SIS User ID")

    names = {"bo": ("Bo", "Lindqvist, Jr."), "late": ("Ana María", "García Márquez"), "O'Hara, Jr": ("三", "欧阳")}
    for student, (first, last) in names.items():
        assert (first, last) == (rows[student]["first_name"], rows[student]["last_name"])
        assert f"{last}, {first}" == canvas[student]["Student"]
    ours = table(rostered.root.parent / "out/canvas.csv", "SIS User ID")
    assert {row["Student"] for row in canvas.values()} == {row["Student"] for row in ours.values()}
    assert "ana@x.org" == rows["late"]["email"]
    shown = {student: row["name"] for student, row in rostered.reported().items()}
    assert ("Bo Lindqvist, Jr.", "Ana María García Márquez", "欧阳三") == tuple(
        shown[who] for who in ("bo", "late", "O_Hara__Jr")
    )
    assert "ada" == shown["ada"]
    assert "Bo Lindqvist, Jr." in (rostered.root.parent / "out/bo/feedback.html").read_text(encoding="utf-8")


def test_who_is_new_to_the_gradebook_has_the_names_of_the_roster(built: CourseDirectory, tmp_path: Path) -> None:
    """`grade` with a roster writes first name, last name and e-mail of whom nbgrader does not know yet."""
    course = copy_of(built, tmp_path, "bo")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")

    course.grade("--roster", tmp_path / "roster.csv")

    assert [("bo", "Bo", "Lindqvist, Jr.", "bo@x.org")] == course.rows(
        "select id, first_name, last_name, email from student where id = 'bo'"
    )


def pages(course: CourseDirectory) -> dict[str, tuple[int, str]]:
    """When each student's page was written, and what it says."""
    found = {path.parts[-3]: path for path in course.root.glob("feedback/*/*/*.html")}
    return {who: (path.stat().st_mtime_ns, path.read_text(encoding="utf-8")) for who, path in found.items()}


def test_only_pages_that_would_differ_are_made_again(ours: CourseDirectory, tmp_path: Path) -> None:
    """A comment, a score, a page that is gone or that somebody else wrote: that page is made, and no other."""
    course = copy_of(ours, tmp_path, "ada", "bo", "late", "lucky", "blank")
    course.grade()
    first = pages(course)
    course.write(
        "update comment set manual_comment = 'Well put.' where notebook_id in (select n.id from submitted_notebook n "
        "join submitted_assignment s on n.assignment_id = s.id where s.student_id = 'bo')"
    )
    course.write(
        "update grade set manual_score = 3.25 where id in (select g.id " + course.joined("answer-1", "late") + ")"
    )
    (course.root / "feedback/lucky" / WEEK / f"{WEEK}.html").unlink()
    (course.root / "feedback/blank" / WEEK / f"{WEEK}.html").write_text("half", encoding="utf-8")

    course.grade()

    again = pages(course)
    assert {"bo", "late", "lucky", "blank"} == {who for who in again if again[who] != first.get(who)}
    assert "Well put." in again["bo"][1] and "3.25" in again["late"][1]
    assert all(again[who][1] == first[who][1] for who in ("lucky", "blank", "ada"))


def test_a_page_that_cannot_be_made_stops_no_other(ours: CourseDirectory, tmp_path: Path) -> None:
    """A file where a student's feedback should go: that is said, and the others have their pages."""
    course = copy_of(ours, tmp_path, "ada", "bo")
    shutil.rmtree(course.root / "feedback")
    (course.root / "feedback").mkdir()
    (course.root / "feedback" / "ada").touch()

    assert f"generate_feedback failed for {WEEK}" in course.grade()
    assert "Your answer equals the square." in " ".join(pages(course)["bo"][1].split())


def test_what_is_refused_leaves_nothing(built: CourseDirectory, tmp_path: Path) -> None:
    """A class file, a roster or a course directory that cannot be used is named before anything is written."""
    course = CourseDirectory(tmp_path, built.weeks)
    (tmp_path / "class.toml").write_text(CLASS + "ada.okafor = { week01 = 2 }", encoding="utf-8")
    (tmp_path / "roster.csv").write_text("name\nAda\n", encoding="utf-8")
    new = tmp_path / "new"

    said = course.run("nbgrader", "--course", new, "--rules", tmp_path / "class.toml", expect=2)
    assert 'class.toml, extensions: an id with a dot stands in quotes: "ada.okafor" = …' in said
    assert "no column of student ids" in course.run(
        "nbgrader",
        "--course",
        new,
        "--rules",
        built.weeks / "class.toml",
        "--roster",
        tmp_path / "roster.csv",
        expect=2,
    )
    said = course.run("grade", "--from", built.root / "submitted", "--course", new, "--out", tmp_path / "out", expect=2)
    assert "is no course directory" in said and "Traceback" not in said
    where = ("--from", built.root / "submitted", "--course", built.root, "--out", tmp_path / "out")
    assert "class file none.toml cannot be used" in course.run("grade", *where, "--rules", "none.toml", expect=2)
    assert {"class.toml", "roster.csv"} == {path.name for path in tmp_path.iterdir()}


def test_the_guides_class_file_works(tmp_path: Path) -> None:
    """The class file that the guide shows, in both languages, builds a course directory, and extends what it says."""
    for number, name in enumerate(("teaching-assistants.md", "teaching-assistants.zh-CN.md")):
        block = re.search(
            r"(?m)^    rule = .*\n(?:    .*\n)+", (default_root() / "docs" / name).read_text(encoding="utf-8")
        )
        assert block, name
        (tmp_path / f"class{number}.toml").write_text(textwrap.dedent(block.group()), encoding="utf-8")
    course = CourseDirectory(tmp_path, default_root())

    course.run("nbgrader", "--course", tmp_path / "course", "--week", "5", "--rules", tmp_path / "class0.toml")

    course.root = tmp_path / "course"
    assert [("week05_attention", "2026-03-01 15:59:59.000000")] == course.rows("select name, duedate from assignment")
    rules = read_rules(course.root / RULES)
    assert rules == read_rules(tmp_path / "class1.toml")
    assert ["2026-03-01T23:59:59+08:00", "2026-03-03T23:59:59+08:00"] == [
        str(due and due.isoformat()) for due in (rules.due_for(who, "week05") for who in ("bo", "ada.okafor"))
    ]
    assert 0.1 == rules.rule.per_day


def outside(course: CourseDirectory, *names: str) -> Path:
    """A folder beside the course directory with what `ada` handed in, under these names."""
    folder = course.root.parent / "outside"
    for name in names:
        target = folder / name / f"{WEEK}.ipynb" if "." not in name else folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.root / "submitted/ada" / WEEK / f"{WEEK}.ipynb", target)
    return folder


def test_nobody_becomes_a_student_by_a_name_in_a_folder(rostered: CourseDirectory, tmp_path: Path) -> None:
    """A name of the gradebook's is found from outside; a stranger is named, not recorded; a ghost can be taken out."""
    course = copy_of(rostered, tmp_path, "ada", "bo")
    folder = outside(course, "lindqvistjrbo_1009_77_week01_tiny.ipynb", "guest")
    course.write("insert into student (id) values ('ghost')")

    said = course.run("grade", "--from", folder, "--course", course.root, "--out", tmp_path / "out", "--lang", "en")

    assert "guest is not in the gradebook" in said
    assert re.search(rf"Nothing of {WEEK} was handed in: \d+ \(.*\blate\b", said)
    assert 20.0 == course.grades()["bo"] and "guest" not in dict(course.rows("select id, id from student"))
    said = course.run("nbgrader", "--course", course.root, "--remove", "ghost", "--lang", "en")
    assert "Taken out of the gradebook: 1 (ghost)." in said
    assert "was not taken out" in course.run(
        "nbgrader", "--course", course.root, "--remove", "bo", "--lang", "en", expect=2
    )


def test_no_table_shows_a_time_that_nobody_knows(rostered: CourseDirectory, tmp_path: Path) -> None:
    """Canvas says late and not when: nbgrader's gradebook must have a time, our export and our reports have none."""
    course = copy_of(rostered, tmp_path, "ada")
    folder = outside(course, "lindqvistjrbo_LATE_1009_77_week01_tiny.ipynb")
    course.run("grade", "--from", folder, "--course", course.root, "--out", tmp_path / "out", "--lang", "en")

    row = course.exported()["bo"]

    assert [("2026-03-01 00:00:01.000000",)] == course.rows(
        "select timestamp from submitted_assignment where student_id = 'bo'"
    )
    assert ("20", "2", "18", "") == tuple(
        row[name] for name in ("raw_score", "late_submission_penalty", "score", "timestamp")
    )
    page = (tmp_path / "out/bo/feedback.html").read_text(encoding="utf-8")
    assert "it counts as the least, one day" in page and "00:00:01" not in page
    assert "2026-03-02 12:00:00" == course.exported()["late"]["timestamp"]


def test_no_folder_beside_the_class_makes_a_student(rostered: CourseDirectory, tmp_path: Path) -> None:
    """Who lies in COURSE/submitted and is not in the gradebook is named in every run, and never recorded."""
    course = copy_of(rostered, tmp_path, "ada")
    shutil.copytree(course.root / "submitted/ada", course.root / "submitted/guest")

    for _ in range(2):
        said = course.grade()
        assert "guest is not in the gradebook" in said and "guest: nobody on the roster" in said
        assert [] == course.rows("select id from student where id = 'guest'")


def test_remove_only_removes(two_weeks: CourseDirectory, tmp_path: Path) -> None:
    """REMOVE builds no week, reads no other file, and makes no course directory."""
    course = CourseDirectory(tmp_path / "course", two_weeks.weeks)
    course.root.mkdir()
    course.run("nbgrader", "--course", course.root, "--week", "1")
    course.write("insert into student (id) values ('ghost')")

    course.run("nbgrader", "--course", course.root, "--remove", "ghost")
    course.run("nbgrader", "--course", tmp_path / "none", "--remove", "ghost", expect=2)

    assert [(WEEK,)] == course.rows("select name from assignment") and [] == course.rows("select id from student")
    assert [WEEK] == [path.name for path in (course.root / "release").iterdir()]
    assert not (tmp_path / "none").exists()


def test_words_from_anywhere_wait_for_a_person(built: CourseDirectory, tmp_path: Path) -> None:
    """From another folder, without metadata, or as a module alone: never 0, and the words are shown."""
    course = copy_of(built, tmp_path, "ada", "stripped", "blank")
    folder = outside(course, "ada")
    shutil.copytree(course.root / "submitted/stripped", folder / "stripped")
    (folder / "modules" / WEEK).mkdir(parents=True)
    (folder / "modules" / WEEK / "tiny.py").write_bytes(tiny.answers(""))

    course.run("grade", "--from", folder, "--course", course.root, "--out", tmp_path / "out", "--week", "1")

    everybody = ("ada", "stripped", "modules")
    assert dict.fromkeys(everybody) == course.grades(cell="answer-1")
    assert dict.fromkeys(everybody, 1) == course.grades("needs_manual_grade", "answer-1")
    for student in ("ada", "stripped"):
        assert "Because." == cell(course.notebook("autograded", student), "answer-1")["source"]
    row = course.reported()["ada"]
    assert ("20", "25", "words") == (row["score"], row["max_score"], row["status"])


def test_an_assignment_keeps_its_language_until_another_is_asked_for(built: CourseDirectory, tmp_path: Path) -> None:
    """LANG says in what language the run speaks; FORCE turns the notebooks too, and a placeholder left in them is blank."""
    course = copy_of(built, tmp_path, "ada", "blank")
    course.weeks = shutil.copytree(built.weeks, tmp_path / "weeks")
    handout = course.weeks / "exercises" / WEEK / "README.zh-CN.md"
    handout.write_text(HANDOUT, encoding="utf-8")
    build = ("nbgrader", "--course", course.root, "--lang")
    asked = []

    def run(*words: str) -> str:
        said = course.run(*build, *words)
        asked.append("".join(cell(course.notebook("release"), "answer-1")["source"]))
        return said

    said = [run("zh"), run("zh", "--force"), run("en"), run("zh")]
    course.grade()

    assert ["Write your answer here.", *["请在此作答。"] * 3] == asked
    assert all(WEEK in one for one in said[:3]) and WEEK not in said[3]
    assert ["LANG=zh FORCE=1" in said[0], "LANG=en FORCE=1" in said[2], "现已改为中文" in said[1]] == [True] * 3
    scores, waiting = course.grades(cell="answer-1"), course.grades("needs_manual_grade", "answer-1")
    assert [(None, 1), (0.0, 0)] == [(scores[who], waiting[who]) for who in ("ada", "blank")]


WORDS = "Because it is *twice*."
LEFT = "Write your answer here."


def own(kind: str, source: str) -> dict[str, Any]:
    """A cell that a student made."""
    more: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": f"own-{len(source)}-{kind}", "metadata": {}, "source": source, **more}


def beside(before: str, *cells: dict[str, Any], answer: str = LEFT) -> Change:
    """Put cells before a cell of the course, or at the end, and leave the placeholder or another text."""

    def change(notebook: dict[str, Any]) -> None:
        cell(notebook, "answer-1")["source"] = answer
        place = [part["id"] for part in notebook["cells"]].index(before) if before else len(notebook["cells"])
        notebook["cells"][place:place] = cells

    return change


def below_the_question(notebook: dict[str, Any]) -> None:
    cell(notebook, "question-1")["source"] += f"\n\n{WORDS}"


def as_colab(notebook: dict[str, Any]) -> None:
    """Words in a cell of their own, in a notebook without ids."""
    beside("", own("markdown", WORDS))(notebook)
    stripped_of_ids(notebook)


def stripped_of_ids(notebook: dict[str, Any]) -> None:
    notebook.update(metadata={}, nbformat_minor=4)
    for part in notebook["cells"]:
        part["metadata"] = {}
        del part["id"]


BESIDE: dict[str, tuple[Change, str | None]] = {
    "behind": (beside("", own("markdown", WORDS)), WORDS),
    "further_behind": (beside("", own("code", ""), own("markdown", " "), own("markdown", WORDS)), WORDS),
    "before": (beside("answer-1", own("markdown", WORDS)), WORDS),
    "two": (beside("", own("markdown", WORDS), answer="First."), f"First.\n\n{WORDS}"),
    "raw": (beside("", own("raw", WORDS)), WORDS),
    "in_question": (below_the_question, f"**In words, question 1** (5 points, graded by hand). Why twice?\n\n{WORDS}"),
    "as_colab": (as_colab, WORDS),
    "as_code": (beside("", own("code", WORDS)), "*No answer to this question was found"),
    "above_all": (beside("question-1", own("markdown", WORDS)), None),
    "blank_in_chinese": (beside("", own("code", ""), answer="请在此作答。\n"), None),
    "blank_without_ids": (stripped_of_ids, None),
}
"""How an answer in words may stand outside its cell, and what is found of it; None is a blank one."""


def test_words_outside_their_cell_are_found_or_wait(built: CourseDirectory, tmp_path: Path) -> None:
    """Between their question and the next cell, in the question's own, or perhaps as code: never 0, and shown once."""
    course = copy_of(built, tmp_path, "ada")
    for name, (change, _) in BESIDE.items():
        course.hand_in(name, change)

    course.grade()

    scores, waiting = course.grades(cell="answer-1"), course.grades("needs_manual_grade", "answer-1")
    for name, (_, found) in BESIDE.items():
        marked = course.notebook("autograded", name)
        text = "".join(cell(marked, "answer-1")["source"])
        assert ((0.0, 0) if found is None else (None, 1)) == (scores[name], waiting[name]), name
        assert text.startswith(found or LEFT) and len(text) < len(found or LEFT) + 300, (name, text)
        if found and WORDS in found and name != "in_question":
            assert 1 == sum(WORDS in "".join(part["source"]) for part in marked["cells"]), name
    assert "No response." in "".join(str(row) for row in course.rows("select auto_comment from comment"))


def test_one_final_everywhere(ours: CourseDirectory, tmp_path: Path) -> None:
    """A grade for words and extra credit count in our tables too, and lateness is reckoned from the whole, whenever it is."""
    course = copy_of(ours, tmp_path, "ada", "late")
    for student in ("ada", "late"):
        course.write(
            "update grade set manual_score = 5, needs_manual_grade = 0, extra_credit = 1 where id in (select g.id "
            + course.joined("answer-1", student)
            + ")"
        )
    before = course.exported()
    course.grade()
    after, rows = course.exported(), course.reported()

    assert ("26", "20.8") == (before["ada"]["score"], before["late"]["score"])
    assert before == {**after, **{who: before[who] for who in before if who not in ("ada", "late")}}
    assert ("26", "20.8", "6") == (rows["ada"]["final"], rows["late"]["final"], rows["ada"]["by_hand"])
    canvas = table(tmp_path / "out/canvas.csv", "SIS User ID")
    assert ("26", "20.8") == (canvas["ada"][WEEK], canvas["late"][WEEK])
    assert 0 == course.grades("needs_manual_grade", "answer-1")["ada"]


def test_what_waits_for_a_person_and_what_a_person_overruled_is_said(ours: CourseDirectory, tmp_path: Path) -> None:
    """One line for all whose words wait; who has two scores by hand is named with the one that counts, as in the report."""
    course = copy_of(ours, tmp_path, "ada", "bo", "blank", "warns")
    score = '[[score]]\nweek = "01"\nexercise = "tiny"\nreason = "-"\n'
    both = "".join(f'{score}student = "{student}"\npoints = 10\n' for student in ("ada", "bo"))
    (course.root / RULES).write_text(CLASS + both, encoding="utf-8")
    for student, points in (("ada", 7), ("bo", 10)):
        course.write(
            f"update grade set manual_score = {points} where id in (select g.id {course.joined('tiny', student)})"
        )

    said = course.grade()

    lines = said.splitlines()
    assert "Submissions graded: 4; to look at: 2." in lines, "and none of those who handed nothing in"
    everybody, waiting = len(course.reported()), sum(course.grades("needs_manual_grade", "answer-1").values())
    told = f"Of {everybody}, {waiting} wait for answers in words: grade them in formgrader, then run make grade again."
    assert told in lines and waiting > 10
    assert "  ada: a score typed into formgrader overrules the one in the class file: take one of the two out" in lines
    assert "  ada, bo: something that a person graded is another now: look at it in formgrader" in lines
    assert not any("in words" in line for line in lines if line.startswith("  "))
    rows = course.reported()
    assert ("7", "10", "0") == tuple(rows[who]["final"] for who in ("ada", "bo", "blank"))
    assert ("look", "graded", "words") == tuple(rows[who]["status"] for who in ("ada", "blank", "warns"))
    words = "answer in words"
    assert [True, True, False] == [words in rows[who]["reasons"] for who in ("ada", "bo", "blank")]
    pages = {who: (tmp_path / f"out/{who}/feedback.html").read_text(encoding="utf-8") for who in ("ada", "bo", "blank")}
    assert "the 7 points that were typed into the gradebook count" in pages["ada"]
    assert "typed into the gradebook" not in pages["bo"] + pages["blank"]
    assert [True, True, False] == ["wait to be graded by hand (5 points)" in pages[who] for who in pages]
    report = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "Answers in words wait to be graded" in report and "overrules the one in the class file" in report

    course.write("update grade set manual_score = 5, needs_manual_grade = 0")
    said = course.grade()
    assert "wait for answers in words" not in said and "something that a person graded" not in said
    assert "wait to be graded by hand" not in (tmp_path / "out/ada/feedback.html").read_text(encoding="utf-8")


def test_changed_points_are_refused_until_the_directory_is_built_again(built: CourseDirectory, tmp_path: Path) -> None:
    """What the suite and the gradebook disagree on is never recorded, both ways; the message says what to run."""
    course = CourseDirectory(tmp_path / "course", tmp_path / "weeks")
    shutil.copytree(built.root, course.root)
    shutil.copytree(built.weeks, course.weeks)
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(built.weeks), str(course.weeks)), encoding="utf-8")
    tiny.build(
        course.weeks,
        toml=asking(),
        suite=tiny.SUITE.replace("@points(10)", "@points(12)"),
    )

    said = course.run(
        *("grade", "--from", course.root / "submitted", "--course", course.root, "--out", tmp_path / "out"),
        *("--lang", "en"), expect=2,
    )  # fmt: skip

    assert "tiny is worth 22 points now and 20 in the gradebook" in said and "make nbgrader COURSE=" in said
    assert "worth 22 points now" in course.nbgrader("autograde", WEEK, expect=1)


def test_a_gradebook_that_cannot_be_used_is_told_in_a_sentence(ours: CourseDirectory, tmp_path: Path) -> None:
    """Garbage in its place, or locked when the grades are to be written: exit code 2, reports written, no traceback."""
    course = copy_of(ours, tmp_path, "ada")
    where = ("--from", course.root / "submitted", "--course", course.root, "--out", tmp_path / "out", "--lang", "en")
    db = course.root / "gradebook.db"
    with contextlib.closing(sqlite3.connect(db)) as holder:
        holder.execute("begin exclusive")
        said = course.run("grade", *where, expect=2)
        holder.rollback()
    assert "gradebook" in said and "locked" in said and "Traceback" not in said
    db.write_bytes(b"this is no database" * 99)
    said = course.run("grade", *where, expect=2)
    assert "not a database" in said and "Traceback" not in said


def test_the_class_file_is_never_overwritten(built: CourseDirectory, tmp_path: Path) -> None:
    """A second RULES is shown as a difference; what stands in the directory stays, and so do the gradebook's dates."""
    course = copy_of(built, tmp_path, "ada")
    other = tmp_path / "other.toml"
    other.write_text(CLASS.replace("lucky = { week01 = 2 }", "").replace("03-01", "04-01"), encoding="utf-8")

    said = course.run("nbgrader", "--course", course.root, "--rules", other, "--lang", "en")

    assert "-lucky = { week01 = 2 }" in said and "was left as it is" in said
    assert CLASS == (course.root / RULES).read_text(encoding="utf-8")
    assert [("2026-03-01 00:00:00.000000",)] == course.rows("select duedate from assignment")


def test_feedback_can_be_released(built: CourseDirectory, tmp_path: Path) -> None:
    """nbgrader release_feedback takes what we wrote: the secret of the exchange, or one made for the occasion."""
    course = copy_of(built, tmp_path, "ada", "bo")
    course.put("bo", "submission_secret.txt", "a secret")
    course.grade()
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)

    course.nbgrader("release_feedback", WEEK, f"--Exchange.root={exchange}", "--CourseDirectory.course_id=c")

    assert 2 == len(list(exchange.rglob("*.html")))
    assert "a secret" == (course.root / "feedback/bo" / WEEK / "submission_secret.txt").read_text(encoding="utf-8")


SCRIPTS = """
<script>window.broken = 1</script> <img src=x onerror="window.broken = 2"> <svg/onload=window.broken=3>
<iframe srcdoc="<script>parent.broken = 4</script>"></iframe> &lt;b&gt; a < b & c
[link](javascript:window.broken=5) <a href="java&#115;cript:window.broken=6">x</a> <details open ontoggle=window.broken=7>

    <script>window.broken = 8</script>

$\\href{javascript:window.broken=9}{x}$ $$</script><script>window.broken = 10</script>$$
"""


def hostile(notebook: dict[str, Any]) -> None:
    """Scripts in every place where a student can write Markdown."""
    answer(RIGHT)(notebook)
    cell(notebook, "answer-1")["source"] = "My answer: a < b." + SCRIPTS
    own = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": SCRIPTS}
    notebook["cells"] += [own, {**own, "id": "raw", "cell_type": "raw"}]


@pytest.mark.parametrize("way", ["ours", "theirs"])
def test_nothing_that_a_student_wrote_runs_in_a_page(
    built: CourseDirectory, tmp_path: Path, chrome: Any, way: str
) -> None:
    """Scripts in answers and cells are text, in the page of feedback as a browser shows it, whoever graded."""
    course = copy_of(built, tmp_path, "ada")
    course.hand_in("mallory", hostile)
    course.hand_in("ada", hostile)
    if way == "ours":
        course.grade()
    else:
        course.nbgrader("autograde", WEEK)
        course.nbgrader("generate_feedback", WEEK)

    page = course.root / "feedback/mallory" / WEEK / f"{WEEK}.html"
    chrome.get(page.as_uri())
    for link in chrome.find_elements("css selector", "a"):
        if "broken" in (link.get_attribute("href") or ""):
            chrome.execute_script("arguments[0].click()", link)

    assert None is chrome.execute_script("return window.broken === undefined ? null : window.broken")
    text = chrome.find_element("tag name", "body").text
    assert "My answer: a < b." in text and "window.broken = 1" in text


def test_a_linked_folder_shows_nobody_elses_work(built: CourseDirectory, tmp_path: Path) -> None:
    """Whoever hands in a link to another's assignment gets no page with that work, both ways."""
    course = copy_of(built, tmp_path, "ada")
    (course.root / "submitted/thief").mkdir()
    (course.root / "submitted/thief" / WEEK).symlink_to(course.root / "submitted/ada" / WEEK)

    course.grade()
    course.nbgrader("autograde", WEEK, "--force", expect=None)

    for path in course.root.glob(f"*/thief/{WEEK}/{WEEK}.*"):
        assert path.parts[-4] == "submitted" or "Because." not in path.read_text(encoding="utf-8"), path


BUDGET = "rule = { per_day = 0.1, budget = 3 }\n[due]\nweek01 = 2026-03-01T00:00:00Z\nweek02 = 2026-04-01T00:00:00Z\n"
OTHER = "week02_tiny"


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """A course directory of two weeks; `ada` is two days late in both, and three late days are free."""
    folder = tmp_path_factory.mktemp("weeks")
    course = CourseDirectory(folder / "course", folder / "weeks")
    tiny.build(course.weeks, toml=asking())
    (course.weeks / "exercises" / WEEK / "README.md").write_text(HANDOUT, encoding="utf-8")
    for path in list(course.weeks.rglob(WEEK)):
        shutil.copytree(path, path.with_name(OTHER))
    (course.weeks / "class.toml").write_text(BUDGET, encoding="utf-8")
    course.root.mkdir()
    line = f"grader.gradebook.configure(c, __file__, pathlib.Path({str(course.weeks)!r}))"
    config = f"import pathlib\nimport grader.gradebook\nc = get_config()\n{line}\n"
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    course.run("nbgrader", "--course", course.root, "--rules", course.weeks / "class.toml")
    for week, when in ((WEEK, "2026-03-02 12:00:00 UTC"), (OTHER, "2026-04-02 12:00:00 UTC")):
        released = course.root / "release" / week / f"{week}.ipynb"
        content = json.loads(released.read_text(encoding="utf-8"))
        answer(RIGHT)(content)
        target = course.root / "submitted/ada" / week
        target.mkdir(parents=True)
        (target / released.name).write_text(json.dumps(content), encoding="utf-8")
        (target / "timestamp.txt").write_text(when, encoding="utf-8")
    return course


def lost(course: CourseDirectory) -> dict[str, float]:
    """What `ada` loses, by week."""
    query = "select a.name, coalesce(n.late_submission_penalty, 0) from submitted_notebook n "
    query += "join submitted_assignment s on n.assignment_id = s.id join assignment a on s.assignment_id = a.id"
    return dict(course.rows(query))


def test_free_late_days_are_the_same_in_whatever_order_weeks_are_graded(
    two_weeks: CourseDirectory, tmp_path: Path
) -> None:
    """The first week takes two of three, the second the last one, by every way of grading, in every table."""
    ours, theirs = (copy_of(two_weeks, tmp_path / name) for name in ("ours", "theirs"))

    ours.grade("--week", "2")
    assert {OTHER: 0} == lost(ours)
    ours.grade("--week", "1")
    for week in (WEEK, OTHER):
        theirs.nbgrader("autograde", week)

    assert {WEEK: 0, OTHER: 2} == lost(ours) == lost(theirs)
    with (tmp_path / "ours/out/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert ["38"] == [row["final"] for row in csv.DictReader(file)]
    ours.nbgrader("export", "--to", "all.csv")
    with (ours.root / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [20.0, 18.0] == [float(row["score"]) for row in csv.DictReader(file)]


def test_a_course_directory_in_the_clone_is_no_part_of_it(tmp_path: Path) -> None:
    """Of a gradebook and a class file inside the repository git sees nothing, so nobody commits a name or a grade."""
    clone = tmp_path / "clone"
    course = CourseDirectory(clone / "my-course", clone)
    tiny.build(clone)
    (clone / "exercises" / WEEK / "README.md").write_text(HANDOUT, encoding="utf-8")
    course.root.mkdir()
    subprocess.run(["git", "init", "--quiet", clone], check=True)

    course.run("nbgrader", "--course", course.root)

    listed = ["git", "-C", clone, "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    assert (course.root / "gradebook.db").is_file() and "exercises/" in seen
    assert "my-course" not in seen


def test_what_was_not_handed_in_is_blank_for_canvas(two_weeks: CourseDirectory, tmp_path: Path) -> None:
    """Canvas takes 0 for a grade: what was not handed in leaves its cell empty, unless the class file says 0."""
    course = copy_of(two_weeks, tmp_path)
    (tmp_path / "roster.csv").write_text("id\nada\nbo\n", encoding="utf-8")
    course.run("nbgrader", "--course", course.root, "--roster", tmp_path / "roster.csv", "--week", "1")

    course.nbgrader("export", "--exporter=grader.gradebook.CanvasExport", "--to", "canvas.csv")

    row = table(course.root / "canvas.csv", "SIS User ID")["bo"]
    assert ("", "") == (row[WEEK], row[OTHER])

    (course.root / RULES).write_text("missing = 0\n", encoding="utf-8")
    course.grade("--week", "1")
    course.nbgrader("export", "--exporter=grader.gradebook.CanvasExport", "--to", "canvas.csv")
    row = table(course.root / "canvas.csv", "SIS User ID")["bo"]
    assert ("0", "") == (row[WEEK], row[OTHER])  # of the other week nobody handed in
    reported = course.reported()
    assert ("0", "missing") == (reported["bo"]["final"], reported["bo"]["status"])
    assert reported["bo"]["max_score"] == reported["ada"]["max_score"] == "25"

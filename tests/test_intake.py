"""Submissions of every layout, in folders, archives and exports, and which of several files counts."""

import datetime
import os
import re
import shutil
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from grader.course.weeks import Course, default_root
from grader.errors import UserError
from grader.intake import Submission, collect
from grader.intake.names import safe_ids
from grader.intake.owners import students_in
from grader.intake.reading import MOST_NOTES, Request, read, read_stamp
from grader.messages import render
from tests.handed_in import (
    ADD_UP,
    HEADS,
    MASK_OUT,
    NOON,
    course_in,
    keys,
    notebook,
    only,
    put,
    stub,
    tarred,
    zipped,
)

OTHER = ADD_UP + b"# another\n"
GOOD = {"week01_sums/add_up.py": ADD_UP}
WEEK1 = {"week01_sums": {"add_up.py": ADD_UP, "mask_out.py": MASK_OUT}}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize(
    ("layout", "week"),
    [
        ({"alice/week01_sums/add_up.py": ADD_UP, "alice/week01_sums/mask_out.py": MASK_OUT}, None),
        ({"alice/Week 1/add_up.py": ADD_UP, "alice/week01/mask_out.py": MASK_OUT}, None),
        ({"alice/add_up.py": ADD_UP, "alice/mask_out.py": MASK_OUT}, None),
        ({"alice/add_up.py": ADD_UP, "alice/mask-out (2).py": MASK_OUT}, "1"),
        ({"alice/repository/exercises/week01_sums/Add_Up.py": ADD_UP, "alice/mask_out.py": MASK_OUT}, "01"),
        ({"alice.zip": zipped({"week01_sums/add_up.py": ADD_UP, "week01_sums/mask_out.py": MASK_OUT})}, None),
        ({"alice.zip": zipped({"week01_sums\\add_up.py": ADD_UP, "mask_out.py": MASK_OUT})}, None),
        ({"alice_week01.zip": zipped({"main/add_up.py": ADD_UP, "main/mask_out.py": MASK_OUT})}, None),
        ({"week01_sums-alice.tar": tarred({"add_up.py": ADD_UP, "mask_out.py": MASK_OUT}, "w")}, None),
        ({"alice.tar.gz": tarred({"./week01_sums/add_up.py": ADD_UP, "./mask_out.py": MASK_OUT})}, None),
        ({"alice.tgz": tarred({"add_up.py": ADD_UP, "mask_out.py": MASK_OUT})}, "week01_sums"),
        ({"alice_add_up.py": ADD_UP, "mask_out_alice.py": MASK_OUT}, None),
        ({"alice_week01_add_up.py": ADD_UP, "alice-week01-mask_out (1).py": MASK_OUT}, None),
        ({"alice/homework.zip": zipped({"add_up.py": ADD_UP}), "alice/mask_out.py": MASK_OUT}, None),
        ({"alice/week01_sums.zip": zipped({"add_up.py": ADD_UP, "mask_out.py": MASK_OUT})}, None),
        ({"alice/add_up copy.py": ADD_UP, "alice/Copy of mask_out.py": MASK_OUT}, None),
        ({"alice/final version.py": ADD_UP, "alice/mask_out - 副本.py": MASK_OUT}, None),
    ],
)
def test_layouts(toy: Course, tmp_path: Path, layout: dict[str, bytes], week: str | None) -> None:
    """The same two modules come out of every layout."""
    submission = only(put(tmp_path, layout), toy, week)

    assert (None, "alice", WEEK1) == (submission.problem, submission.student, submission.files)


def test_every_entry_has_a_submission(toy: Course, tmp_path: Path) -> None:
    """Whatever lies in the folder, its student has a row; what systems leave behind has none."""
    put(
        tmp_path,
        {"alice/add_up.py": ADD_UP, "bob.rar": b"Rar!", "carol.py": b"x = 1", "dora.zip": b"", "eve.txt": b"-"},
    )
    put(
        tmp_path,
        {".DS_Store": b"-", "__MACOSX/x.py": b"-", "._alice": b"-", "class.toml": b"", "env/add_up.py": ADD_UP},
    )
    (tmp_path / "frank").mkdir()
    os.mkfifo(tmp_path / "gina.py")
    os.symlink("/etc/passwd", tmp_path / "hugo.py")
    os.symlink(tmp_path / "alice", tmp_path / "ivan")
    os.symlink(tmp_path / "dora.zip", tmp_path / "jane.zip")

    found = {one.student: one.problem and one.problem.key for one in collect(tmp_path, toy, None, None)}

    assert found == {
        "alice": None,
        "bob": "intake_kind",
        "carol": "intake_nothing",
        "dora": "intake_broken",
        "env": None,
        "eve": "intake_kind",
        "frank": "intake_nothing",
        "gina": "intake_odd_file",
        "hugo": "intake_link",
        "ivan": "intake_link",
        "jane": "intake_link",
    }


def test_links_and_odd_files_in_a_folder_are_refused_by_name(toy: Course, tmp_path: Path) -> None:
    """Links are never followed, odd files never opened; the rest of the submission counts."""
    put(tmp_path, {"alice/mask_out.py": MASK_OUT, "bob/add_up.py": ADD_UP})
    os.symlink("../bob/add_up.py", tmp_path / "alice/add_up.py")
    os.symlink("../bob", tmp_path / "alice/week01_sums")
    os.mkfifo(tmp_path / "alice/shared.py")

    alice, bob = collect(tmp_path, toy, None, None)

    assert {"week01_sums": {"mask_out.py": MASK_OUT}} == alice.files
    assert [("intake_link", "add_up.py"), ("intake_odd_file", "shared.py"), ("intake_link", "week01_sums")] == [
        (note.key, note.values["file"]) for note in alice.notes
    ]


def read_here(folder: Path, course: Course) -> list[Submission]:
    """What `collect` gives, read by this process and its user."""
    found = students_in(folder, course, None, None)
    return [read(Request(str(course.root), None, raw, one, False, False, False)) for raw, one in sorted(found.items())]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_what_cannot_be_read_is_named() -> None:
    """A file or folder without permission is named; the rest counts. A fault of the course itself stops one student."""
    top = Path(tempfile.mkdtemp())  # tmp_path's parents are closed to others
    try:
        course = course_in(top)
        alices = put(top / "in/alice", {"add_up.py": ADD_UP, "mask_out.py": MASK_OUT, "more/heads.py": HEADS})
        top.chmod(0o755)
        (alices / "mask_out.py").chmod(0)
        (alices / "more").chmod(0)
        assert ADD_UP.decode("utf-8-sig")  # so that nothing of Python is still to be imported
        os.seteuid(65534)
        try:
            (alice,) = read_here(top / "in", course)
            os.seteuid(0)
            (course.week("2").folder / "heads.py").chmod(0)
            put(top / "in/bob", {"heads.py": HEADS})
            os.seteuid(65534)
            again, broken = read_here(top / "in", course)
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(top)

    assert (None, {"week01_sums": {"add_up.py": ADD_UP}}) == (alice.problem, alice.files)
    assert [("intake_unreadable", "mask_out.py"), ("intake_unreadable", "more")] == [
        (note.key, note.values["file"]) for note in alice.notes
    ]
    assert broken.problem is not None and "intake_failed" == broken.problem.key
    assert alice == again


def test_files_of_any_size_and_number(toy: Course, tmp_path: Path) -> None:
    """A huge module is left out, a folder of thousands of files is refused."""
    put(tmp_path, {"alice/add_up.py": ADD_UP, "alice/mask_out.py": b"#" * (1 << 20) + b"#"})
    (tmp_path / "bob").mkdir()
    for number in range(5001):
        (tmp_path / "bob" / str(number)).touch()

    alice, bob = collect(tmp_path, toy, None, None)

    assert ({"week01_sums": {"add_up.py": ADD_UP}}, ["intake_too_large"]) == (alice.files, keys(alice))
    assert bob.problem is not None and "intake_entries" == bob.problem.key


def test_tests_and_junk_are_no_part_of_a_submission(toy: Course, tmp_path: Path) -> None:
    """A student's helpers come along; tests, caches and environments do not."""
    files = {"add_up.py": ADD_UP, "helpers.py": b"h = 1", "test_add_up.py": b"-", "no-module.py": b"-"}
    put(tmp_path / "alice/week01_sums", files)
    junk = dict.fromkeys((".venv/add_up.py", "venv/lib/add_up.py", "week01_sums/__pycache__/add_up.py"), OTHER)
    put(tmp_path / "alice", junk, NOON + 50)

    assert {"week01_sums": {"add_up.py": ADD_UP, "helpers.py": b"h = 1"}} == only(tmp_path, toy).files


def test_only_the_week_that_is_asked_for(toy: Course, tmp_path: Path) -> None:
    """Other weeks of a submission are left alone."""
    put(tmp_path, {"alice/week01_sums/add_up.py": ADD_UP, "alice/week02_heads/heads.py": HEADS, "bob/heads.py": HEADS})

    alice, bob = collect(tmp_path, toy, "1", None)

    assert {"week01_sums": {"add_up.py": ADD_UP}} == alice.files
    assert bob.problem is not None and "intake_other_week" == bob.problem.key


def test_work_of_another_week_is_named(toy: Course, tmp_path: Path) -> None:
    """Who handed in another week than the one that is graded is told which."""
    put(tmp_path, {"alice/heads.py": HEADS})

    problem = only(tmp_path, toy, "1").problem

    assert problem is not None and "nothing of week01_sums, but work of week02_heads" in render(problem, "en")


def test_a_name_of_two_weeks_goes_where_its_content_belongs(toy: Course, tmp_path: Path) -> None:
    """A module whose name two weeks have is told by what it defines; else it is left out by name."""
    put(tmp_path, {"alice/shared.py": b"def second(): pass", "bob/shared.py": b"first = 1\nsecond = 2"})

    alice, bob = collect(tmp_path, toy, None, None)

    assert {"week02_heads": {"shared.py": b"def second(): pass"}} == alice.files
    assert ({}, ["intake_ambiguous"]) == (bob.files, keys(bob))


def test_a_file_named_for_a_student_is_taken_by_content(toy: Course, tmp_path: Path) -> None:
    """alice.py is the exercises that it defines, also when it has a syntax error; that is said."""
    put(tmp_path, {"alice.py": ADD_UP + MASK_OUT + b"def ("})

    alice = only(tmp_path, toy)

    assert {"week01_sums": dict.fromkeys(("add_up.py", "mask_out.py"), ADD_UP + MASK_OUT + b"def (")} == alice.files
    assert ["intake_by_content", "intake_by_content"] == keys(alice)


@pytest.mark.parametrize(
    ("taken", "other", "reason"),
    [
        (("add_up(1).py", OTHER, NOON + 10), ("add_up.py", ADD_UP, NOON), "received"),
        (("add_up.py", OTHER, NOON + 10), ("add_up(1).py", ADD_UP, NOON), "received"),
        (("add_up.py", OTHER, NOON), ("week01.ipynb", notebook(ADD_UP.decode()), NOON), "module"),
        (("week01.ipynb", notebook(ADD_UP.decode()), NOON + 10), ("add_up.py", OTHER, NOON), "received"),
        (("add_up.py", OTHER, NOON), ("add_up(3).py", stub("week01_sums", "add_up"), NOON + 99), "written"),
        (("add_up.py", OTHER, NOON), ("old/add_up.py", ADD_UP, NOON), "nearer"),
        (("add_up - 副本 (2).py", OTHER, NOON), ("add_up-1.py", ADD_UP, NOON), "number"),
    ],
)
def test_of_two_files_one_counts_and_it_is_said_why(
    toy: Course, tmp_path: Path, taken: tuple[str, bytes, int], other: tuple[str, bytes, int], reason: str
) -> None:
    """The later file counts, of equally old ones the module; an untouched stub never beats somebody's work."""
    for name, data, at in (taken, other):
        put(tmp_path / "alice", {name: data}, at)

    alice = only(tmp_path, toy)

    wins_notebook = taken[0].endswith(".ipynb")
    assert (b"another" not in alice.files["week01_sums"]["add_up.py"]) is wins_notebook
    assert [(f"intake_taken_{reason}", taken[0], other[0])] == [
        (note.key, note.values["taken"], note.values["other"]) for note in alice.notes
    ]


def test_two_files_in_an_archive_are_told_apart_by_its_time_stamps(toy: Course, tmp_path: Path) -> None:
    """Inside an archive the archive's stamps decide."""
    path = tmp_path / "alice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("add_up.py", (2026, 3, 1, 9, 0, 0)), OTHER)
        archive.writestr(zipfile.ZipInfo("add_up(1).py", (2026, 3, 1, 8, 0, 0)), ADD_UP)

    alice = only(tmp_path, toy)

    assert ({"week01_sums": {"add_up.py": OTHER}}, ["intake_taken_latest"]) == (alice.files, keys(alice))


def test_equal_files_need_no_choice(toy: Course, tmp_path: Path) -> None:
    """Nothing is said of two files that are the same."""
    put(tmp_path, {"alice/add_up.py": ADD_UP, "alice/add_up(1).py": ADD_UP})

    assert [] == only(tmp_path, toy).notes


def test_the_latest_submission_of_a_week_counts(toy: Course, tmp_path: Path) -> None:
    """A later hand-in replaces the earlier one of its week as a whole, and no other week."""
    put(tmp_path, {"alice.zip": zipped({"add_up.py": OTHER, "heads.py": HEADS})}, NOON)
    put(tmp_path, {"alice/add_up.py": ADD_UP, "alice/mask_out.py": MASK_OUT}, NOON + 10)
    put(tmp_path, {"alice (1).tgz": b"broken"}, NOON + 20)

    alice = only(tmp_path, toy)

    assert {**WEEK1, "week02_heads": {"heads.py": HEADS}} == alice.files
    assert {"intake_later", "intake_broken"} == set(keys(alice))
    assert {"week01_sums": NOON + 10, "week02_heads": NOON} == {
        week: time.timestamp() for week, time in alice.times.items()
    }


def test_canvas_export(toy: Course, tmp_path: Path) -> None:
    """Canvas puts name, LATE, user and file ids before the file's name, and -1 behind a resubmission."""
    put(tmp_path, {"doealice_LATE_501_9001_add_up-1.py": OTHER, "doealice_501_9000_add_up.py": ADD_UP}, NOON)
    put(
        tmp_path, {"doealice_501_9002_mask_out.py": MASK_OUT, "roebob_502_9003_work.zip": zipped({"add_up.py": ADD_UP})}
    )

    alice, bob = collect(tmp_path, toy, None, None)

    assert ("501", "doealice") == (alice.student, alice.name)
    assert {"week01_sums": {"add_up.py": OTHER, "mask_out.py": MASK_OUT}} == alice.files
    assert ["intake_taken_attempt", "intake_marked_late"] == keys(alice)
    assert ("502", {"week01_sums": {"add_up.py": ADD_UP}}) == (bob.student, bob.files)


def test_moodle_export(toy: Course, tmp_path: Path) -> None:
    """Moodle names folders, or single files, by full name and number."""
    put(tmp_path / "Alice Doe_501_assignsubmission_file_", {"work.zip": zipped({"add_up.py": ADD_UP})})
    put(tmp_path / "Alice Doe_501_assignsubmission_onlinetext_", {"onlinetext.html": "<p>hello</p>"})
    put(tmp_path, {"张三_502_assignsubmission_file_mask_out.py": MASK_OUT})

    alice, bob = collect(tmp_path, toy, None, None)

    assert ("501", "Alice Doe", {"week01_sums": {"add_up.py": ADD_UP}}) == (alice.student, alice.name, alice.files)
    assert ("502", "张三", {"week01_sums": {"mask_out.py": MASK_OUT}}) == (bob.student, bob.name, bob.files)


def test_blackboard_export(toy: Course, tmp_path: Path) -> None:
    """Blackboard puts the assignment's title, the user and the time before the file's name, and writes a text as well."""
    first, last = (f"Week_1_20261001_attempt_2026-03-0{day}-12-00-00" for day in (1, 2))
    helper = b"import helper_2\n" + ADD_UP
    put(
        tmp_path,
        {f"{first}.txt": "Name: Alice", f"{first}_add_up.py": OTHER, f"{first}_mask_out.py": MASK_OUT},
        NOON + 9,
    )
    put(tmp_path, {f"{last}.txt": "Name: Alice", f"{last}_add_up.py": helper, f"{last}_helper_2.py": b"two = 2\n"})
    zips = {1: {"add_up.py": ADD_UP, "mask_out.py": MASK_OUT}, 2: {"add_up.py": OTHER, "helper_0.py": b"no = 0\n"}}
    for day, files in zips.items():
        put(tmp_path, {f"Week_1_bob.x_attempt_2026-03-0{day}-12-00-00_w.zip": zipped(files)}, NOON - day)
    put(tmp_path, {"Week_1_carl_attempt_2026-03-01-12-00-00.txt": "Name: Carl"})

    alice, bob, carl = collect(tmp_path, toy, None, None)

    assert ("20261001", ["intake_taken_attempt"]) == (alice.student, keys(alice))
    assert f"{last}_add_up.py counts, not {first}_add_up.py" in render(alice.notes[0], "en")
    assert {"add_up.py": helper, "mask_out.py": MASK_OUT, "helper_2.py": b"two = 2\n"} == alice.files["week01_sums"]
    assert ("bob.x", {"add_up.py": OTHER, "helper_0.py": b"no = 0\n"}) == (bob.student, bob.files["week01_sums"])
    assert carl.problem is not None and ("carl", "intake_nothing") == (carl.student, carl.problem.key)


@pytest.mark.parametrize("inside", [".", "submitted"])
def test_nbgrader_folder(toy: Course, tmp_path: Path, inside: str) -> None:
    """nbgrader's submitted/<student>/<assignment>/, or the course around it; the time is its time stamp."""
    files = {"ps1.ipynb": notebook(ADD_UP.decode()), "timestamp.txt": "2026-03-01 20:00:00.250000 Asia/Shanghai\n"}
    put(tmp_path / "submitted/alice/ps1", files, NOON + 9999)
    put(tmp_path, {"gradebook.db": b"", "nbgrader_config.py": b"", "source/ps1/ps1.ipynb": b""})
    put(tmp_path, {"class.toml": b"", "grades.csv": b"", "roster.csv": b"", "notes/of_a_ta.py": b""})

    alice = only(tmp_path if inside == "." else tmp_path / inside, toy)

    assert ["week01_sums"] == list(alice.files) and alice.submitted is not None
    assert NOON == alice.submitted.timestamp()


def test_a_time_stamp_of_the_students_own_is_not_believed(toy: Course, tmp_path: Path) -> None:
    """Neither timestamp.txt nor the times inside an archive move the time of a submission."""
    early = {"week01_sums/timestamp.txt": b"2020-01-01 00:00:00 UTC", "week01_sums/add_up.py": ADD_UP}
    put(tmp_path, {"alice/week01_sums/add_up.py": ADD_UP, "alice/week01_sums/timestamp.txt": "2020-01-01 00:00:00 UTC"})
    put(tmp_path, {"bob.zip": zipped(early, at=1), "carol/work.zip": zipped(early, at=1)})

    put(tmp_path / "nb/submitted", {"dora/ps1.zip": zipped({"timestamp.txt": b"2020-01-01 00:00:00 UTC", **GOOD})})

    assert NOON == only(tmp_path / "nb/submitted", toy).times["week01_sums"].timestamp()
    shutil.rmtree(tmp_path / "nb")
    assert [NOON] * 3 == [one.submitted and one.submitted.timestamp() for one in collect(tmp_path, toy, None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 12:00:00.5 UTC", NOON),
        ("2026-03-01 20:00:00 +0800", NOON),
        ("2026-03-01 07:00:00.000001 America/New_York", NOON),
        ("2026-03-01 12:00:00", NOON),
        ("2026-03-01 12:00:00 XYZ", NOON),
        ("2026-03-01 12:00:00 ../../etc/passwd", NOON),
        ("2026-13-01 12:00:00 UTC", None),
        ("yesterday", None),
    ],
)
def test_nbgraders_time_stamp(text: str, expected: int | None) -> None:
    """Zones by name or number; a zone that nobody knows counts as UTC."""
    found = read_stamp(text)

    assert expected == (found and int(found.timestamp()))


def test_what_make_submit_makes(toy: Course, tmp_path: Path) -> None:
    """A zip with manifest.json and the weeks' folders; a manifest of another name is noted and decides nothing."""
    files = {"manifest.json": b'{"student": "bob"}', "week01_sums/add_up.py": ADD_UP}
    put(
        tmp_path,
        {"alice.zip": zipped(files), "bob.zip": zipped(files), "carol.zip": zipped({**files, "manifest.json": b"["})},
    )

    alice, bob, carol = collect(tmp_path, toy, None, None)

    assert [["intake_claims"], [], []] == [keys(alice), keys(bob), keys(carol)]
    assert alice.files == bob.files == carol.files == {"week01_sums": {"add_up.py": ADD_UP}}


def test_a_folder_laid_out_as_the_course_is_one_submission(toy: Course, tmp_path: Path) -> None:
    """A folder that holds weeks, or exercises, instead of students is the work of one, named as the folder."""
    put(tmp_path / "mine", {"week01_sums/add_up.py": ADD_UP, "week02_heads/heads.py": HEADS})
    put(tmp_path / "hers", {"add_up.py": ADD_UP, "heads.py": HEADS, "week01_sums.ipynb": notebook(MASK_OUT.decode())})

    mine, hers = only(tmp_path / "mine", toy), only(tmp_path / "hers", toy)

    assert ("mine", "hers") == (mine.student, hers.student)
    assert {"week01_sums": {"add_up.py": ADD_UP}, "week02_heads": {"heads.py": HEADS}} == mine.files
    assert {"add_up.py", "mask_out.py"} == set(hers.files["week01_sums"]) and "week02_heads" in hers.files


def test_the_roster_names_those_who_are_missing(toy: Course, tmp_path: Path) -> None:
    """Everybody on the roster has a row; who is not on it is noted."""
    people = (
        put(tmp_path, {"roster.csv": "id;first name;last name;email\na1;Alice;Doe;alice@x.org\nb2;Bob;Roe;\n"})
        / "roster.csv"
    )
    folder = put(
        tmp_path / "in", {"doealice_501_9_add_up.py": ADD_UP, "carol.py": ADD_UP, "list.csv": people.read_bytes()}
    )
    (folder / "list.csv").rename(folder / "who.csv")

    alice, bob, carol = collect(folder, toy, None, folder / "who.csv")

    assert ("a1", "Alice Doe", []) == (alice.student, alice.name, alice.notes)
    assert ("b2", "Bob Roe") == (bob.student, bob.name) and bob.problem and "intake_missing" == bob.problem.key
    assert "intake_not_in_roster" in keys(carol)


def test_names_that_only_look_alike_are_two_students(toy: Course, tmp_path: Path) -> None:
    """Ids differ also where case or Unicode forms do not count, and none is a path."""
    for name in ("Bob", "bob", "jos\u00e9", "jose\u0301", "..", "CON", "a\u202eb", "x" * 200):
        put(tmp_path / (name if name != ".." else "...."), {"add_up.py": ADD_UP})

    found = [one.student for one in collect(tmp_path, toy, None, None)]

    assert 8 == len({student.casefold() for student in found})
    assert all(re.fullmatch(r"\w[\w.@+-]*", student) and len(student) < 100 for student in found)


def test_ids_that_a_file_system_or_the_grades_need_are_changed() -> None:
    """No id is a device of Windows, a hidden file, a path, or a file of the graded class."""
    raw = ["CON", "com1.txt", "grades.csv", ".hidden", "a/../b", "张三", "", "s1@x.org"]

    assert ["CON_", "com1.txt_", "grades.csv_", "hidden", "a_.._b", "张三", "student", "s1@x.org"] == [
        safe_ids(raw)[one] for one in raw
    ]


def test_remarks_without_end_are_cut(toy: Course, tmp_path: Path) -> None:
    """A submission of a thousand copies does not fill the report."""
    put(tmp_path / "alice", {f"add_up({number}).py": b"add = %d" % number for number in range(200)})

    alice = only(tmp_path, toy)

    assert MOST_NOTES + 1 == len(alice.notes) and "159" == alice.notes[-1].values["count"]


def test_wrong_usage(toy: Course, tmp_path: Path) -> None:
    """A folder that is not there and a week that is not there are errors of the user."""
    with pytest.raises(UserError, match="intake_no_folder"):
        collect(tmp_path / "nowhere", toy, None, None)
    with pytest.raises(UserError, match="unknown_week"):
        collect(tmp_path, toy, "9", None)


def test_every_sentence_of_intake_exists_and_is_filled() -> None:
    """Every key that intake uses stands in messages.toml."""
    known = set(tomllib.loads((default_root() / "grader/messages.toml").read_text(encoding="utf-8")))
    for path in (default_root() / "grader/intake").glob("*.py"):
        used = set(re.findall(r'"((?:intake|roster|class)_\w+)"', path.read_text(encoding="utf-8")))

        assert used <= known, path.name


def test_what_a_student_reads_is_whole(toy: Course, tmp_path: Path) -> None:
    """No sentence about a submission is left with an empty place, in either language."""
    put(tmp_path, {"alice/add_up.py": ADD_UP, "alice/add_up(1).py": OTHER, "alice/x.zip": b"PK", "alice/a.ipynb": b"{"})
    put(tmp_path, {"bob.zip": zipped({"../add_up.py": ADD_UP}), "carol.7z": b""})

    for one in collect(tmp_path, toy, None, None):
        for finding in [*one.notes, *filter(None, [one.problem])]:
            for lang in ("en", "zh"):
                assert "{" not in render(finding, lang)


def test_the_time_is_that_of_the_files(toy: Course, tmp_path: Path) -> None:
    """A submission without a better time stamp has the time of its latest file, with its offset."""
    put(tmp_path, {"alice/add_up.py": ADD_UP})
    put(tmp_path, {"alice/mask_out.py": MASK_OUT}, NOON + 60)

    assert datetime.datetime(2026, 3, 1, 12, 1, tzinfo=datetime.UTC) == only(tmp_path, toy).submitted

"""Which of several files counts: one rule for a class's submissions and for a learner's own folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.stubs import stub_of
from grader.course.weeks import Course
from grader.intake import folders
from grader.intake.choosing import chosen_sources
from grader.intake.entries import HandIn
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.learner.archive import Archive
from tests import tiny
from tests.handed_in import ADD_UP, MASK_OUT, NOON, course_in, keys, notebook, only, put, stub, zipped

STUB = stub("week01_sums", "add_up")
OTHER = ADD_UP + b"# another\n"
WEEK = "week01_sums"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize(
    ("stubs", "work"),
    [
        ({"add_up.py": STUB}, {"add_up_final_v2.py": ADD_UP}),
        ({"week01_sums.ipynb": notebook(STUB.decode())}, {"final.py": ADD_UP}),
        ({"add_up.py": STUB, "mask_out.py": stub(WEEK, "mask_out")}, {"everything.py": ADD_UP + MASK_OUT}),
        ({"add_up.py": STUB}, {"mask_out.py": MASK_OUT + ADD_UP}),
    ],
)
@pytest.mark.parametrize("in_zip", [False, True])
def test_a_stub_never_hides_work_under_another_name(
    toy: Course, tmp_path: Path, stubs: dict[str, bytes], work: dict[str, bytes], in_zip: bool
) -> None:
    """Beside an untouched stub, module or notebook, the file that has the work counts, and it is said which."""
    put(tmp_path, {"alice.zip": zipped({**stubs, **work})}) if in_zip else put(tmp_path / "alice", {**stubs, **work})

    alice = only(tmp_path, toy, "1")

    assert b"return a + b" in alice.files[WEEK]["add_up.py"]
    assert ("intake_by_content", "add_up") in [(note.key, note.values.get("exercise")) for note in alice.notes]


def test_a_file_of_another_name_is_told_when_it_has_as_much(toy: Course, tmp_path: Path) -> None:
    """The exercise's own name decides between two written files, and the other is named; a helper needs no word."""
    put(tmp_path / "alice", {"add_up.py": ADD_UP, "add_up_final.py": OTHER})
    put(tmp_path / "bob", {"add_up.py": ADD_UP + b"from helpers import Total\n", "helpers.py": b"class Total: pass\n"})

    alice = chosen_sources(tmp_path / "alice", toy.week("1"))["add_up"]
    bob = chosen_sources(tmp_path / "bob", toy.week("1"))["add_up"]

    assert (ADD_UP, ["intake_taken_named"]) == (alice.files["add_up.py"], [note.key for note in alice.notes])
    assert ({"add_up.py", "helpers.py"}, []) == (set(bob.files), bob.notes)


def test_the_course_as_it_was_given_needs_no_word(course: Course, tmp_path: Path) -> None:
    """Somebody who hands in the untouched folder of a week hears nothing of modules against notebooks."""
    week = course.week("5")
    put(tmp_path / "alice", {path.name: path.read_bytes() for path in week.folder.iterdir() if path.is_file()})

    assert [] == only(tmp_path, course, "05").notes


def test_of_two_notebooks_the_later_copy_counts(toy: Course, tmp_path: Path) -> None:
    """Of two equally old notebooks the one with (1) in its name counts, and the note says so."""
    second = notebook(ADD_UP.decode().replace("a + b", "b + a"))
    put(tmp_path / "alice", {"week01_sums.ipynb": notebook(ADD_UP.decode()), "week01_sums (1).ipynb": second})

    alice = only(tmp_path, toy)

    assert b"b + a" in alice.files[WEEK]["add_up.py"]
    assert [("intake_taken_number", "week01_sums (1).ipynb")] == [
        (note.key, note.values["taken"]) for note in alice.notes
    ]


def test_a_guess_is_called_a_guess(toy: Course, tmp_path: Path) -> None:
    """Where nothing tells which of two files is newer, that is said."""
    put(tmp_path / "alice", {"mine.py": ADD_UP, "other.py": OTHER})

    assert "intake_taken_guess" in keys(only(tmp_path, toy))


def test_a_helper_of_the_week_may_lie_above_the_exercise(toy: Course, tmp_path: Path) -> None:
    """In the week's folder, while the exercise lies deeper: both folders are where a module is looked for."""
    files = {f"{WEEK}/src/add_up.py": ADD_UP, f"{WEEK}/helper.py": b"K = 1", f"{WEEK}/src/other.py": b"L = 2"}
    put(tmp_path / "alice", files)

    assert {"add_up.py": ADD_UP, "helper.py": b"K = 1", "other.py": b"L = 2"} == only(tmp_path, toy).files[WEEK]


def test_a_resubmitted_helper_replaces_the_old_one(toy: Course, tmp_path: Path) -> None:
    """Canvas marks every file of a resubmission with -1, helpers too: the new module imports the new helper."""
    uses = b"from helper import K\n" + ADD_UP
    put(
        tmp_path,
        {
            "doealice_501_511_add_up-1.py": uses,
            "doealice_501_512_helper-1.py": b"K = 'new'",
            "doealice_501_411_add_up.py": uses,
            "doealice_501_412_helper.py": b"K = 'old'",
        },
    )

    assert {"add_up.py": uses, "helper.py": b"K = 'new'"} == only(tmp_path, toy).files[WEEK]


def test_a_number_that_python_can_import_is_no_resubmission(toy: Course, tmp_path: Path) -> None:
    """Canvas's mark is -1, which no module's name can have: utils_1 and utils_2 are two helpers."""
    files = {"add_up.py": ADD_UP, "utils_1.py": b"K = 1", "utils_2.py": b"K = 2"}
    put(tmp_path, {f"doealice_501_51{place}_{name}": data for place, (name, data) in enumerate(files.items())})

    assert files == only(tmp_path, toy).files[WEEK]


def test_what_has_more_of_the_exercise_counts(toy: Course, tmp_path: Path) -> None:
    """A later file with one function of two does not replace the one that has both."""
    half = b"def add(a, b):\n    return b\n\n\n" + STUB[STUB.index(b"def Total") :]
    put(tmp_path / "alice", {"add_up.py": ADD_UP})
    put(tmp_path / "alice", {"week01_sums.ipynb": notebook(half.decode())}, NOON + 99)

    alice = only(tmp_path, toy)

    assert (ADD_UP, ["intake_taken_more"]) == (alice.files[WEEK]["add_up.py"], keys(alice))


def test_a_file_that_goes_while_the_folder_is_read_is_no_trouble(
    toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editors write files of their own and take them away; `make watch` reads the folder just then."""
    put(tmp_path / "alice", {"4913.py": b"", "add_up.py": ADD_UP, "notes.py": b""})
    seen = folders._walk

    def walk(top: Path, hand_in: HandIn) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
        for parts, entry in list(seen(top, hand_in)):
            if parts != ("add_up.py",):
                Path(entry.path).unlink()
            yield parts, entry

    monkeypatch.setattr(folders, "_walk", walk)
    found = chosen_sources(tmp_path / "alice", toy.week("1"))["add_up"]

    assert ({"add_up.py": ADD_UP}, []) == (found.files, found.notes)


def test_a_module_that_is_too_large_for_its_week_is_said_to_be(toy: Course, tmp_path: Path) -> None:
    """It is not there for the judge, and the learner reads why."""
    big = b"x = '" + b"a" * 600_000 + b"'\n"
    put(tmp_path / "alice", {"add_up.py": ADD_UP + big, "mask_out.py": MASK_OUT + big})
    found = chosen_sources(tmp_path / "alice", toy.week("1"))

    notes = [[note.key for note in found[name].notes] for name in ("add_up", "mask_out")]
    assert [[], ["intake_week_too_large"]] == sorted(notes)


def test_who_hands_such_a_module_in_reads_it_too(tmp_path: Path) -> None:
    """`make submit` packs what is there, and says what will not count."""
    course = course_in(tmp_path)
    week = course.week("1")
    big = b"x = '" + b"a" * 600_000 + b"'\n"
    put(week.folder, {"add_up.py": ADD_UP + big, "mask_out.py": MASK_OUT + big})
    said: list[str] = []
    Archive(tmp_path, "en", lambda key, **values: said.append(key), said.append).add(week)

    (text,) = (one for one in said if not one.startswith("submit_"))
    assert "was left out" in text and ("add_up.py" in text or "mask_out.py" in text), text


def test_a_stub_in_another_language_is_a_stub(toy: Course, tmp_path: Path) -> None:
    """Docstrings and comments do not make a stub somebody's work."""
    week, exercise = toy.week("1"), toy.week("1").exercise("add_up")
    mine = STUB.decode().replace("def add():\n", 'def add():\n    """把两个数相加。"""\n    # 备注\n')
    put(tmp_path, {"add_up.py": mine})

    assert not chosen_sources(tmp_path, week)[exercise.name].work.begun


LEARNER = [
    ({"tiny.py": "stub", "week01_tiny.ipynb": "written"}, "week01_tiny.ipynb", []),
    ({"tiny.py": "written", "week01_tiny.ipynb": "stub"}, "tiny.py", []),
    ({"tiny.py": "stub", "week01_tiny.ipynb": "stub"}, "tiny.py", []),
    ({"tiny.py": "stub", "week01_tiny.ipynb": "stub, pulled later"}, "tiny.py", []),
    ({"tiny.py": "written", "week01_tiny.ipynb": "later"}, "week01_tiny.ipynb", ["intake_taken_latest"]),
    ({"tiny.py": "later", "week01_tiny.ipynb": "written"}, "tiny.py", ["intake_taken_latest"]),
    ({"tiny.py": "written", "week01_tiny.ipynb": "written"}, "tiny.py", ["intake_taken_module"]),
    ({}, None, []),
]


@pytest.mark.parametrize(("files", "counts", "said"), LEARNER)
def test_a_learners_folder(tmp_path: Path, files: dict[str, str], counts: str | None, said: list[str]) -> None:
    """Whichever of module and notebook was filled in counts; when both were, it is said which and why."""
    week = tiny.build(tmp_path).week("1")
    (week.folder / "tiny.py").unlink(missing_ok=True)
    stubbed = stub_of(week, "tiny") or ""
    for name, kind in files.items():
        text = stubbed if kind.startswith("stub") else tiny.answers("").decode()
        data = notebook(text) if name.endswith(".ipynb") else text.encode()
        put(week.folder, {name: data}, NOON + (60 if kind.endswith("later") else 0))

    chosen = chosen_sources(week.folder, week)["tiny"]

    assert (counts, said) == (chosen.path and chosen.path.name, [note.key for note in chosen.notes])
    assert bool(chosen.work.written) == any(not kind.startswith("stub") for kind in files.values())


def test_the_untouched_course_is_not_begun(course: Course) -> None:
    """No exercise of the course as it is given counts as begun, and every solution is complete."""
    for week in course.weeks:
        for name, chosen in chosen_sources(week.solutions, week).items():
            one = week.exercise(name)
            # Who mends a planted mistake changes one definition and leaves the others as they were given.
            complete = {*one.writes} & chosen.work.written if one.kind == "find_the_bug" else {*one.writes}
            assert chosen.work.begun and complete == chosen.work.written, (week.name, name)
        for name, chosen in chosen_sources(week.folder, week).items():
            assert not chosen.work.begun and not chosen.work.written and [] == chosen.notes, (week.name, name)


def test_a_package_of_ones_own_is_judged(engine: Engine, tmp_path: Path) -> None:
    """A folder with modules beside the exercise comes along and can be imported, also relatively."""
    course = tiny.build(tmp_path / "course")
    week = course.week("1")
    answers = tiny.answers("").replace(
        b"import torch", b"import torch\nfrom utils.numbers import two\nfrom utils import ONE", 1
    )
    files = {
        "tiny.py": answers,
        "utils/__init__.py": b"ONE = 1\n",
        "utils/numbers.py": b"from .deep.er import two\n",
        "utils/deep/er.py": b"two = 2\n",
    }
    put(tmp_path / "in/alice/week01_tiny", files)

    alice = only(tmp_path / "in", course)
    task = Task(week, week.exercises[0], alice.files["week01_tiny"])
    (result,) = judge_all(engine, [task], 1)

    assert {"tiny.py", "utils.__init__.py", "utils.numbers.py", "utils.deep.er.py"} == set(alice.files["week01_tiny"])
    assert chosen_sources(tmp_path / "in/alice/week01_tiny", week)["tiny"].files == alice.files["week01_tiny"]
    assert result.passed, result

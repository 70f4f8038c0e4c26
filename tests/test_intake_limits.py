"""What a submission may cost: input made to hang the reader is read in one pass, or given up by itself."""

import ast
import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.intake import collect, one
from grader.intake.owners import students_in
from grader.intake.reader import Reader
from grader.intake.reading import Request, read_apart
from grader.judge.signs import signs
from tests.handed_in import ADD_UP, course_in, keys, notebook, only, put, zipped

CLASS = "class Total:\n" + "".join(f"    def m{number}(self): return m{number}\n" for number in range(15_000))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


def crowded(kind: str, folder: str, count: int) -> bytes:
    """An archive of one exercise and what a tool leaves behind."""
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("add_up.py", ADD_UP)
            for number in range(count):
                archive.writestr(f"{folder}/objects/{number:x}", b"")
    else:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
            for name in ["add_up.py", *(f"{folder}/objects/{number:x}" for number in range(count))]:
                info = tarfile.TarInfo(name)
                info.size = len(ADD_UP) if name == "add_up.py" else 0
                tar.addfile(info, io.BytesIO(ADD_UP[: info.size]))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("alice.zip", zipped({"add_up.py": ADD_UP, "_" * 200 + "copy.py": b"x = 1"}), None),
        ("alice.zip", zipped({"add_up.py": ADD_UP, "_" * 60_000 + ".py": b"x = 1"}), "intake_long_name"),
        ("alice.zip", zipped({"add_up.py": ADD_UP, "a/" * 2000 + "b.py": b"x = 1"}), "intake_entries"),
        ("alice.tar.gz", gzip.compress(b"") * 110_000, "intake_truncated"),
        ("alice.ipynb", notebook(CLASS), None),
        ("add_up.py", CLASS.encode(), None),
        ("alice.ipynb", b'{"cells": [{"cell_type": "code", "source": "' + b'\\"' * 400_000, "intake_notebook"),
        ("alice.ipynb", b'{"outputs": ' * 300_000, "intake_notebook"),
    ],
    ids=["underscores", "long name", "depth", "gzip members", "methods", "methods in a module", "quotes", "outputs"],
)
def test_input_made_to_take_for_ever_does_not(
    toy: Course, tmp_path: Path, name: str, data: bytes, key: str | None
) -> None:
    """Each of these took half a minute and more before; it now costs its student nothing but what is wrong with it."""
    put(tmp_path / ("in/alice" if name == "add_up.py" else "in"), {name: data})

    alice = only(tmp_path / "in", toy)

    assert key == (alice.problem.key if alice.problem else None)


def test_a_submission_that_takes_too_long_is_given_up_and_the_next_is_read(toy: Course, tmp_path: Path) -> None:
    """The process that reads is ended; its student is told why, and nobody else notices."""
    put(tmp_path, {"alice.ipynb": notebook("a = a\n" * 150_000), "bob/add_up.py": ADD_UP})
    reader = Reader(seconds=0.3)
    found = {
        raw: read_apart(Request(str(toy.root), None, raw, student, False, False, False), reader)
        for raw, student in students_in(tmp_path, toy, None, None).items()
    }
    reader.end()

    assert found["alice"].problem is not None and "intake_took_too_long" == found["alice"].problem.key
    assert (None, {"week01_sums": {"add_up.py": ADD_UP}}) == (found["bob"].problem, found["bob"].files)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("folder", [".git", "work/.venv", "work/node_modules"])
def test_what_tools_leave_behind_does_not_count(toy: Course, tmp_path: Path, kind: str, folder: str) -> None:
    """An archive with thousands of files of git or a virtual environment is read as a folder with them is."""
    put(tmp_path, {f"alice.{kind}": crowded(kind, folder, 6000)})

    alice = only(tmp_path, toy)

    assert (None, [], {"add_up.py": ADD_UP}) == (alice.problem, keys(alice), alice.files["week01_sums"])


def test_one_name_twice_in_a_zip(toy: Course, tmp_path: Path) -> None:
    """Programs differ in which of two entries of one name they unpack: such an archive is refused by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("add_up.py", ADD_UP)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("add_up.py", b"def add(): return 'other'")
    put(tmp_path, {"alice.zip": out.getvalue()})

    alice = only(tmp_path, toy)

    assert alice.problem is not None and ("intake_twice", "add_up.py") == (
        alice.problem.key,
        alice.problem.values["entry"],
    )


def test_one_folder_is_read_where_it_lies(toy: Course, tmp_path: Path) -> None:
    """A single submission needs no copy: a sparse file of gigabytes in it costs nothing."""
    put(tmp_path / "anything", {"add_up.py": ADD_UP})
    with open(tmp_path / "anything/mask_out.py", "wb") as file:
        file.truncate(3 << 30)
    os.mkfifo(tmp_path / "anything/pipe.py")

    found = one(tmp_path / "anything", toy, None, "submission")

    assert ("submission", {"add_up.py": ADD_UP}) == (found.student, found.files["week01_sums"])
    assert ["intake_too_large", "intake_odd_file"] == keys(found)


def test_a_class_goes_on_after_a_reader_died(toy: Course, tmp_path: Path) -> None:
    """Reading begins anew for every run, also when the process was ended from outside."""
    from grader.intake import reader

    put(tmp_path, {"alice/add_up.py": ADD_UP, "bob/add_up.py": ADD_UP})
    collect(tmp_path, toy, None, None)
    reader.reader().end()

    assert [None, None] == [submission.problem for submission in collect(tmp_path, toy, None, None)]


def test_a_name_in_another_encoding_stops_nobody(toy: Course, tmp_path: Path) -> None:
    """As `unzip` leaves them on Linux: GBK is read as such, other bytes with a mark in their place; all are graded."""
    for name in (b"\xc0\xee\xc3\xf7", "张伟_7_assignsubmission_file_".encode("gbk"), b"bo\xff", b"ann"):
        folder = os.path.join(os.fsencode(tmp_path), name)
        os.makedirs(folder)
        Path(os.fsdecode(folder), "add_up.py").write_bytes(ADD_UP)
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), "王芳_add_up.py".encode("gbk")))).write_bytes(ADD_UP)

    found = collect(tmp_path, toy, None, None)

    assert {"李明", "7", "bo", "ann", "王芳"} == {one.student for one in found}
    assert [{"add_up.py": ADD_UP}] * 5 == [one.files["week01_sums"] for one in found]
    told = [text for one in found for text in (one.student, one.name, one.entry)]
    assert "李明" in told and "张伟" in told and all(text.encode() for text in told)


def test_the_modules_of_a_week_have_a_limit_together(toy: Course, tmp_path: Path) -> None:
    """What the grader parses is bounded: the exercises come first, and what is too much is named."""
    big = b"x = '" + b"a" * 600_000 + b"'\n"
    put(tmp_path / "ann/week01_sums", {"add_up.py": ADD_UP, "a.py": big, "b.py": big, "c.py": b"x = 1\n"})

    ann = only(tmp_path, toy)

    assert {"add_up.py", "a.py", "c.py"} == set(ann.files["week01_sums"])
    assert [("intake_week_too_large", "week01_sums/b.py")] == [(one.key, one.values["file"]) for one in ann.notes]


def test_a_file_is_parsed_once_for_all_exercises(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper of a megabyte takes seconds to parse, and every exercise of the week asks what it imports."""
    parsed = []
    monkeypatch.setattr(
        ast, "parse", lambda text, *more, parse=ast.parse, **set: parsed.append(text) or parse(text, *more, **set)
    )
    helper = b"import add_up  # parsed once"
    for exercise in ("add_up", "mask_out", "shared"):
        toy.weeks[0].relevant({"helper.py": bytes(bytearray(helper)), "add_up.py": ADD_UP}, exercise)
        assert ["helper.py, line 1: pickle"] == signs({"helper.py": b"import pickle  # parsed once"})

    assert 1 == parsed.count(helper) and 1 == parsed.count("import pickle  # parsed once")


@pytest.mark.parametrize(
    "name",
    [
        "{} Li_{}_assignsubmission_file_/add_up.py",
        "{}li_{}_7_add_up.py",
        "Sums_{}{}_attempt_2026-03-01-12-00-00_add_up.py",
        "Sums_1_2_{}{}_lee_attempt_2026-03-01-12-00-00_add_up.py",
    ],
)
def test_a_whole_download_is_to_be_unpacked(toy: Course, tmp_path: Path, name: str) -> None:
    """The zip that Moodle, Canvas or Blackboard gives is no student's work; a student's own zip is, whatever stands in it."""
    data = zipped({name.format(*who): ADD_UP for who in (("Ann", 1), ("Bo", 2))})
    one_of_them = zipped({name.format("Ann", 1): ADD_UP})
    put(
        tmp_path,
        {"CS5-HW1-2026.zip": data, "cy.zip": one_of_them, "di.zip": zipped({"add_up.py": ADD_UP, "a_1_2_b.py": b""})},
    )

    download, *others = collect(tmp_path, toy, None, None)

    assert download.problem is not None and ("intake_unpack", {}) == (download.problem.key, download.files)
    assert [None, None] == [one.problem for one in others]

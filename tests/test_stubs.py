"""Generated files: written from the solutions, never over somebody's work."""

from pathlib import Path

import msgspec
import pytest

from grader.course import labels, stubs
from grader.course.weeks import Course
from grader.errors import UserError
from tests import tiny


def test_everything_generated_is_fresh(course: Course) -> None:
    """No stub, given module or handout block of this repository is stale."""
    assert [] == stubs.stale(course, course.weeks)


def test_a_stub_is_written_and_a_stale_one_is_found(tmp_path: Path) -> None:
    """Writing makes everything fresh; a changed solution makes it stale again."""
    course = tiny.build(tmp_path)
    assert ["exercises/week01_tiny/tiny.py"] == stubs.stale(course, course.weeks)

    stubs.write(course, course.weeks)
    assert [] == stubs.stale(course, course.weeks)

    tiny.build(tmp_path, solution=tiny.SOLUTION.replace("Return twice x.", "Return the double of x."))
    assert ["exercises/week01_tiny/tiny.py"] == stubs.stale(course, course.weeks)


def test_a_students_work_is_kept_unless_forced_with_a_backup(tmp_path: Path) -> None:
    """A changed file is left alone; with force it is replaced and its text stands in a backup beside it."""
    course = tiny.build(tmp_path)
    stubs.write(course, course.weeks)
    file = tmp_path / "exercises/week01_tiny/tiny.py"
    file.write_text("mine = 1\n", encoding="utf-8")

    changes = stubs.write(course, course.weeks)
    assert ["exercises/week01_tiny/tiny.py"] == changes.kept
    assert "mine = 1\n" == file.read_text(encoding="utf-8")

    changes = stubs.write(course, course.weeks, force=True)
    assert "write double" in file.read_text(encoding="utf-8")
    assert "mine = 1\n" == (tmp_path / changes.backups[0]).read_text(encoding="utf-8")


def test_a_handout_includes_code_by_name(tmp_path: Path) -> None:
    """An include block is filled with the stub's code, and is stale when it differs."""
    course = tiny.build(tmp_path)
    handout = tmp_path / "exercises/week01_tiny/README.md"
    handout.write_text("# Week\n\n<!-- include: tiny.py double -->\n<!-- /include -->\n", encoding="utf-8")
    assert "exercises/week01_tiny/README.md" in stubs.stale(course, course.weeks)

    stubs.write(course, course.weeks)

    text = handout.read_text(encoding="utf-8")
    assert "```python\ndef double(x):\n" in text and "NotImplementedError" in text and "2 * x" not in text
    assert [] == stubs.stale(course, course.weeks)


def test_a_manifest_with_the_marks_of_a_merge_is_named(tmp_path: Path) -> None:
    """Whoever merges leaves such a file now and then: no traceback, and nothing is written."""
    course = tiny.build(tmp_path)
    (tmp_path / stubs.MANIFEST).write_text("<<<<<<< HEAD\n{}\n", encoding="utf-8")

    with pytest.raises(UserError) as raised:
        stubs.write(course, course.weeks)
    assert "manifest_damaged" == raised.value.key
    assert not (tmp_path / "exercises/week01_tiny/tiny.py").exists()


def test_every_generated_module_can_be_read_from_its_bytes(course: Course) -> None:
    """No stub and no given module begins with what Python takes for an encoding's name, in either language."""
    for week in course.weeks:
        for lang in (stubs.ENGLISH, stubs.CHINESE):
            for path, text in stubs.modules(week, lang).items():
                if path.endswith(".py"):
                    compile(text.encode(), path, "exec")


@pytest.mark.parametrize("title", ["Constrained decoding: only this", "Which coding=this", "解码 decoding: a"])
def test_no_title_names_an_encoding(title: str, course: Course) -> None:
    """Whatever an exercise is called, its stub is Python."""
    week = course.weeks[0]
    exercise = msgspec.structs.replace(week.exercises[0], title={"en": title, "zh": title})

    for lang in ("en", "zh"):
        compile(labels.in_stub('"""It."""\n', week, exercise, lang).encode(), "stub.py", "exec")

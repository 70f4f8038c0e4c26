"""A course of two weeks and submissions to it, written into a folder: what the tests of intake collect."""

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

from grader.course.weeks import Course
from grader.intake import Submission, collect

WRITES = {
    "week01_sums": {"add_up": ["add", "Total"], "mask_out": ["mask"], "shared": ["first"]},
    "week02_heads": {"heads": ["Heads", "split"], "shared": ["second"]},
}
WEEK_TOML = """
title = {{ en = "{week}", zh = "周" }}
summary = {{ en = "-", zh = "-" }}
"""
EXERCISE_TOML = """
[[exercise]]
name = "{name}"
title = {{ en = "-", zh = "-" }}
writes = {writes}
difficulty = 1
importance = 1
minutes = 1
prerequisites = {{ en = "-", zh = "-" }}
hints = []
"""
ADD_UP = b"def add(a, b):\n    return a + b\n\n\nclass Total:\n    pass\n"
MASK_OUT = b"def mask(n):\n    return n\n"
HEADS = b"def split(x):\n    return x\n\n\nclass Heads:\n    pass\n"
NOON = 1_772_366_400
"""2026-03-01 12:00 UTC."""


def course_in(root: Path) -> Course:
    """Write the course's exercises, stubs included."""
    for week, exercises in WRITES.items():
        folder = root / "exercises" / week
        folder.mkdir(parents=True)
        text = WEEK_TOML.format(week=week)
        for name, writes in exercises.items():
            text += EXERCISE_TOML.format(name=name, writes=json.dumps(writes))
            (folder / f"{name}.py").write_bytes(stub(week, name))
        (folder / "week.toml").write_text(text, encoding="utf-8")
    return Course(root)


def stub(week: str, exercise: str) -> bytes:
    """The unwritten module of an exercise."""
    lines = [
        f'def {name}():\n    raise NotImplementedError("week {week[4:6]}, {exercise}: write {name}")\n'
        for name in WRITES[week][exercise]
    ]
    return "\n\n".join(lines).encode()


def put(folder: Path, files: dict[str, bytes | str], at: float = NOON) -> Path:
    """Write files with a time stamp and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(path, (at, at))
    return folder


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, at: int = 12, year: int = 2026) -> bytes:
    """A zip of regular files, changed on March 1 at this hour."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (year, 3, 1, at, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz", form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of regular files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), NOON
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def notebook(*cells: str, **more: object) -> bytes:
    """A notebook of code cells."""
    listed = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": listed, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **more}).encode()


def only(folder: Path, course: Course, week: str | None = None) -> Submission:
    """The one submission in a folder."""
    (submission,) = collect(folder, course, week, None)
    return submission


def keys(submission: Submission) -> list[str]:
    """The keys of a submission's notes."""
    return [note.key for note in submission.notes]

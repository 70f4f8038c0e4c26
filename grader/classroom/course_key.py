"""The key of everything but the submission that a result depends on: two courses with the same key judge alike.

So a result is judged again when it could differ, and a machine with another course judges nothing.
"""

from __future__ import annotations

import functools
import importlib.metadata
import sys
from pathlib import Path

import msgspec

from grader.course.weeks import digest
from grader.judge.protocol import Task

CONTENT = ("suites", "misconceptions", "alternatives")
"""Folders of the engine that hold course content: of it, a key covers what belongs to the exercise."""
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "pytest",
    "transformers",
    "tokenizers",
    "peft",
    "scikit-learn",
    "datasets",
    "matplotlib",
    "pandas",
    "pypdf",
    "jaxtyping",
)
"""A result depends on their versions."""


def course_key(task: Task) -> str:
    """Return the key for a task's exercise, device and box; the submission is not in it."""
    week, exercise, name = task.week, task.exercise, task.exercise.name
    paths = week.files_of(exercise)
    paths += sorted((week.root / "datasets").glob("*/dataset.toml"))  # with the checksums of the data
    texts = [path.read_bytes() if path.is_file() else b"-" for path in paths]
    described = msgspec.json.encode(exercise, order="sorted")
    given = [part for pair in week.given().items() for part in pair]
    return digest(_engine(), week.name, name, str(task.locked), task.device, described, *texts, *given)


@functools.cache
def _engine() -> str:
    package = Path(__file__).parents[1]
    sources = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in CONTENT]
    versions = [f"{sys.version_info[:2]}", *map(_version, PACKAGES)]
    return digest(*versions, *(path.read_bytes() for path in sources))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package).partition("+")[0]  # CPU and CUDA builds are told by the device
    except importlib.metadata.PackageNotFoundError:
        return "-"

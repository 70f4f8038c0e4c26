"""Proofs: what `make verify` found about each exercise, kept with the course, and whether it still holds.

A proof rests on files; a digest of them says whether any has changed since. One file for each exercise, so that
authors of different exercises never write the same one.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from grader.course import experiments
from grader.course.weeks import Exercise, Week, digest
from grader.mistakes import Symptoms

SUITE_LANGUAGE = 2
"""Raise this when the same suite may judge the same answer differently: every proof is then made anew."""
WORDS_ONLY = {"title", "difficulty", "importance", "minutes", "prerequisites", "hints", "fast", "extra"}
"""What week.toml says of an exercise and no verdict depends on."""


class Margin(msgspec.Struct, forbid_unknown_fields=True):
    """The room that a speed limit leaves, as parts of the limit."""

    right: float | None = None
    """What the slowest right answer takes."""
    naive: float | None = None
    """What the fastest answer takes that is too slow."""


class Mutants(msgspec.Struct, forbid_unknown_fields=True):
    """Solutions with one small automatic change, and how many of them the suite refused."""

    made: int = 0
    killed: int = 0
    alive: list[str] = []


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    """What holds of one exercise."""

    digest: str
    tests: int = 0
    alternatives: list[str] = []
    mistakes: dict[str, Symptoms] = {}
    """Every known mistake is caught, and named if its answers are wrong; one that only costs time or memory has no
    symptoms here."""
    secrets: int = 1
    """With how many secrets the verdicts were the same."""
    margins: dict[str, Margin] = {}
    mutants: Mutants = msgspec.field(default_factory=Mutants)


def path_of(week: Week, exercise: str) -> Path:
    """Return where the proof of an exercise is kept."""
    return week.root / "grader" / "suites" / week.name / f"{exercise}.proof.json"


def read(week: Week, exercise: str) -> Proof | None:
    """Return the proof as it was written; None where there is none that can be read."""
    try:
        return msgspec.json.decode(path_of(week, exercise).read_bytes(), type=Proof)
    except (OSError, msgspec.DecodeError):
        return None


def standing(week: Week, exercise: Exercise) -> Proof | None:
    """Return the proof if nothing has changed since it was made."""
    proof = read(week, exercise.name)
    return proof if proof and proof.digest == basis(week, exercise) else None


def write(week: Week, exercise: str, proof: Proof) -> None:
    path = path_of(week, exercise)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(proof, order="sorted"), indent=2) + b"\n")


def basis(week: Week, exercise: Exercise) -> str:
    """Return the digest of all that the proof of an exercise rests on: what only experiments use is no part of it."""
    name = exercise.name
    texts = week.texts(week.files_of(exercise))
    texts |= {f"given/{file}": text for file, text in week.given().items() if file != experiments.FILE}
    for path in week.alternatives(name):
        texts[f"alternatives/{path.name}"] = path.read_bytes()
        texts |= {f"solutions/{file}": text for file, text in week.built_on(path.read_bytes(), name).items()}
    texts |= _data(week, b"\n".join(texts.values()).decode(errors="replace"))
    judged = {key: value for key, value in msgspec.to_builtins(exercise).items() if key not in WORDS_ONLY}
    parts = [part for pair in sorted(texts.items()) for part in pair]
    return digest(str(SUITE_LANGUAGE), week.name, msgspec.json.encode(judged, order="sorted"), *parts)


def _data(week: Week, text: str) -> dict[str, bytes]:
    """Return the descriptions, with checksums, of the data sets that the text names, in quotes or as part of a path."""
    words = set(re.findall(r"[\"'/](\w+)(?=[\"'/])", text))
    found = sorted((week.root / "datasets").glob("*/dataset.toml"))
    return {f"datasets/{path.parent.name}": path.read_bytes() for path in found if path.parent.name in words}

"""The mark of a known mistake: a variant of the solution that differs in one thing, with a sentence of help."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from grader.outcomes import Sentence

T = TypeVar("T")


class Mistake(msgspec.Struct, frozen=True):
    """One known mistake: `name` in the file replaces the public name `of`."""

    name: str
    of: str
    help: Sentence
    only: str = ""
    """"speed" when the answers are right and only too slow (or too large, for memory)."""
    breaks: str = ""
    """A part of the sentence of the contract that it breaks, in English."""


class Variant(msgspec.Struct, frozen=True):
    """A solution with some of its names replaced: `names` says which name of `source` takes the place of which."""

    source: bytes
    names: dict[str, str]


class Symptoms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a known mistake shows, by the keys of tests."""

    fails: frozenset[str] = frozenset()
    """The tests that it fails, whatever the secret behind the random inputs."""
    recognisable: frozenset[str] = frozenset()
    """Those of them whose answers give it away; an answer that hangs on chance gives nothing away."""


def mistake(*, of: str, en: str, zh: str, only: str = "", breaks: str = "") -> Callable[[T], T]:
    """Mark a function or class as a known mistake of the public name `of`."""

    def mark(variant: T) -> T:
        described = Mistake(variant.__name__, of, {"en": en, "zh": zh}, only, breaks)  # type: ignore[attr-defined]
        variant.__mistake__ = described  # type: ignore[attr-defined]
        return variant

    return mark


def in_module(module: types.ModuleType) -> list[Mistake]:
    """Return the mistakes that a module defines, in its order."""
    found: list[Any] = [vars(value).get("__mistake__") for value in vars(module).values() if hasattr(value, "__dict__")]
    return [item for item in found if isinstance(item, Mistake)]

"""The commands that a learner is told to run next, with the words that the last one was given."""

from __future__ import annotations

import os
import shlex

from grader.messages import LANGUAGES, language


def command(target: str, lang: str, **words: object) -> str:
    """Return "make check WEEK=05 EX=attention"; words without a value are left out, LANG stands where it is needed."""
    given = [f"{name}={shlex.quote(str(value))}" for name, value in words.items() if value]
    return " ".join(["make", target, *given, *([f"LANG={lang}"] if _needs_lang(lang) else [])])


def _needs_lang(lang: str) -> bool:
    """Whether the command would speak another language without LANG."""
    # `make check LANG=zh` hands its LANG on in the place of the locale's, and what that was cannot be known.
    return os.environ.get("LANG") in LANGUAGES or language(None) != lang

"""TOML files, read into what they should hold; what is no TOML is said with its place and what helps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from grader.errors import UserError

T = TypeVar("T")
REASON = re.compile(r"(.*?)(?: \(at (?:line (\d+), column (\d+)|end of document)\))?", re.DOTALL)
"""What the library says, and the place in it."""
SLIPS = {
    "Invalid value": "toml_value",
    "Expected newline": "toml_after",
    "Invalid date": "toml_date",
    "Expected '='": "toml_key",
    "Invalid statement": "toml_key",
    "Invalid initial character": "toml_key",
    "Cannot ": "toml_twice",
    "Duplicate": "toml_twice",
    "Unclosed": "toml_open",
    "Unterminated": "toml_open",
    "Illegal character '\\n'": "toml_open",
    'Expected "\'"': "toml_open",
    "Expected ']": "toml_open",
}
"""By how a reason begins: the sentence that says what helps."""


def read_table(root: Path, path: Path, kind: type[T]) -> T:
    """Read one of the course's TOML files.

    Raises:
        UserError: it cannot be read; no TOML, unknown keys, missing keys or wrong types.
    """
    name = path.relative_to(root)
    try:
        return decoded(name, path.read_bytes().decode(), kind)
    except (OSError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UserError("bad_week_file", path=name, problem=error) from error


def decoded(name: object, text: str, kind: type[T]) -> T:
    """Return what stands in the text of a file.

    Raises:
        UserError: it is no TOML.
        msgspec.ValidationError: unknown keys, missing keys or wrong types.
    """
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        match = REASON.fullmatch(str(error))
        reason, line, column = match.groups() if match else (str(error), None, None)
        lines = text.split("\n")
        place = {"line": line or len(lines), "column": column or len(lines[-1]) + 1}
        key = next((key for start, key in SLIPS.items() if reason.startswith(start)), "toml_other")
        raise UserError(key, path=name, problem=reason, **place) from error

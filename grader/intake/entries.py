"""The files of a submission in memory, and the limits and names that every file must keep to."""

from __future__ import annotations

import os
import unicodedata

import msgspec

from grader.intake.slimming import slim
from grader.outcomes import Finding

MB = 1 << 20
MODULE_BYTES = 1 * MB
WEEK_BYTES = 1 * MB
"""Bytes of one week's modules together: a book of a thousand pages; the grader parses them all."""
NOTEBOOK_BYTES = 20 * MB
"""Bytes of a notebook without its outputs."""
NOTEBOOK_READ_BYTES = 200 * MB
"""Bytes of a notebook with its outputs, which are dropped while it is read."""
MANIFEST_BYTES = 1 << 16
TOTAL_BYTES = 40 * MB
"""Bytes of one hand-in that are kept in memory."""
ARCHIVE_BYTES = 50 * MB
ENTRIES = 5000
"""Files of one hand-in, without what tools leave behind."""
ALL_ENTRIES = 100_000
"""Files of an archive, whatever they are."""
DEPTH = 12
INNER_ARCHIVES = 20
"""Archives that are opened in one student's folder."""
READ_BYTES = 400 * MB
"""Bytes of one hand-in that are read, outputs included."""
LIMITS = {".py": MODULE_BYTES, ".ipynb": NOTEBOOK_READ_BYTES}
TIME_STAMP = "timestamp.txt"
MANIFEST = "manifest.json"
SMALL = {MANIFEST: MANIFEST_BYTES, TIME_STAMP: 4096}
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
SYSTEM = {"__macosx", "thumbs.db", "desktop.ini", ".ds_store", ".directory", ".git", ".gitignore", ".gitkeep"}
"""What systems leave beside submissions."""
JUNK = {*SYSTEM, "__pycache__", "node_modules", "venv", "env", "site-packages"}
"""What tools leave inside submissions."""
MOST_UNREAD = 1000
SHOWN = 120
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that a name may not show: controls, direction marks, half characters, line separators."""


def note(key: str, **values: object) -> Finding:
    """Return a finding with its values as text."""
    return Finding(key, {name: str(value) for name, value in values.items()})


class Refused(Exception):
    """This cannot be taken; `finding` says why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.finding = note(key, **{name: readable(str(value)) for name, value in values.items()})


class Piece(msgspec.Struct, frozen=True):
    """One file of a hand-in."""

    parts: tuple[str, ...]
    data: bytes
    changed: float = 0
    """Seconds since 1970; inside an archive whatever the archive says."""
    received: float = 0
    """Seconds since 1970 by the file system: of the outermost archive or of the file itself."""
    order: int = 0
    """Of two files the higher is the later, by their names."""
    packed: str = ""
    """The kind of archive it was in: "zip", which tells no zone, or "tar"; "" for a file on disk."""
    called: str = ""
    """What it is called where two attempts bear one name."""

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def label(self) -> str:
        return readable(self.called or "/".join(self.parts))


class HandIn(msgspec.Struct):
    """What was handed in at one time: a folder, an archive, or single files."""

    label: str
    pieces: list[Piece] = []
    received: float = 0
    notes: list[Finding] = []
    refused: list[Finding] = []
    """Single files that were left out; the rest counts."""
    problem: Finding | None = None
    """Why nothing of it can be used."""
    unread: list[str] = []
    """Files of other kinds, by their path."""
    held: int = 0
    read: int = 0
    archives: int = 0

    def add(self, piece: Piece) -> None:
        """Keep a file, a notebook without its outputs.

        Raises:
            Refused: the file, or all files together, are too large.
        """
        self.read += len(piece.data)
        if piece.name.lower().endswith(".ipynb"):
            piece = msgspec.structs.replace(piece, data=slim(piece.data))
            if len(piece.data) > NOTEBOOK_BYTES:
                limit = size_of(NOTEBOOK_BYTES)
                self.refused.append(Refused("intake_notebook_too_large", file=piece.label, limit=limit).finding)
                return
        self.held += len(piece.data)
        if self.held > TOTAL_BYTES or self.read > READ_BYTES:
            raise Refused("intake_total", file=self.label, limit=size_of(TOTAL_BYTES))
        self.pieces.append(piece)

    def leave(self, label: str) -> None:
        """Remember a file of another kind: somebody may have meant it."""
        if len(self.unread) < MOST_UNREAD:
            self.unread.append(label)


def readable(text: str) -> str:
    """Return `text` without characters that could act on a terminal or hide, cut at a length that fits a line."""
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in INVISIBLE else char for char in text)
    return clean if len(clean) <= SHOWN else f"{clean[: SHOWN - 1]}…"


def as_text(name: str) -> str:
    """Return a name on disk as text: what is no UTF-8 was most likely packed on a Chinese Windows, in GB18030."""
    read = [os.fsencode(name).decode(encoding, "replace") for encoding in ("utf-8", "gb18030")]
    return next((text for text in read if "\N{REPLACEMENT CHARACTER}" not in text), read[0])


def odd(text: str) -> bool:
    """Whether a name holds control characters or is not text."""
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def limit_of(name: str) -> int | None:
    """Return how large a file of this name may be; None when it is not read at all."""
    name = name.lower()
    return SMALL.get(name) or next((limit for end, limit in LIMITS.items() if name.endswith(end)), None)


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVES)


def is_system(name: str) -> bool:
    """Whether the operating system, not a student, made this entry."""
    return name.startswith("._") or name.lower() in SYSTEM


def is_junk(part: str) -> bool:
    """Whether a file or folder inside a submission is what systems and tools leave behind."""
    return part.startswith((".", "~$")) or part.lower() in JUNK


def size_of(limit: int) -> str:
    """Return a limit in words."""
    return f"{limit // MB} MB" if limit >= MB else f"{limit // 1024} KB"

"""Atomic writes, and a file for what memory need not hold."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import tempfile
import weakref
import zipfile
from collections.abc import Container, Iterable
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a run after a crash, sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f".new-{secrets.token_hex(8)}")
    try:
        with open(name, "xb") as file:  # who may read it is the user's own setting, as for any other file
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(name)
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not say where
            error.filename = str(path)
        raise


FIXED_TIME = (2026, 1, 1, 0, 0, 0)
"""The same files give the same archive."""
EXECUTABLE = 0o755 << 16


def zipped(files: Iterable[tuple[str, bytes]], executable: Container[str] = ()) -> bytes:
    """Return an archive of files with their names, of which only one is held at a time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in files:
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.external_attr = EXECUTABLE if name in executable else 0
            archive.writestr(info, held, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def keep_out_of_git(folder: Path, clone: Path) -> None:
    """Hide a folder of names and grades from the repository in whose clone it lies, if it does."""
    if clone.resolve() in folder.resolve().parents:
        write_atomically(folder / ".gitignore", b"*\n")


class Spool:
    """Pieces of data in a file without a name, which ends with this object: what a memory need not hold."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)
        self._folder = folder

    def put(self, data: bytes) -> int:
        """Append a piece and return its place."""
        place = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(len(data).to_bytes(8, "little") + data)
            self._file.flush()
        except OSError as error:
            error.filename = str(self._folder or tempfile.gettempdir())
            raise
        return place

    def get(self, place: int) -> bytes:
        self._file.seek(place)
        return self._file.read(int.from_bytes(self._file.read(8), "little"))

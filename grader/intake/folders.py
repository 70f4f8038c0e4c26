"""Files and folders on disk, read into memory: no link is followed, no special file opened, limits are kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.intake.archives import open_archive
from grader.intake.entries import (
    ARCHIVE_BYTES,
    DEPTH,
    ENTRIES,
    INNER_ARCHIVES,
    HandIn,
    Piece,
    Refused,
    is_archive,
    is_junk,
    limit_of,
    odd,
    readable,
    size_of,
)

CAREFULLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_folder(path: Path) -> HandIn:
    """Return the wanted files of a folder, those in its archives too."""
    hand_in = HandIn(label=readable(path.name))
    try:
        for parts, entry in _walk(path, hand_in):
            try:
                _read_entry(hand_in, parts, entry)
            except FileNotFoundError:  # gone since the folder was listed, as an editor's own files are
                continue
            except Refused as refused:
                if refused.finding.key == "intake_total":
                    raise
                hand_in.refused.append(refused.finding)
    except Refused as refused:
        hand_in.pieces, hand_in.problem = [], refused.finding
    hand_in.received = max((piece.received for piece in hand_in.pieces), default=0)
    return hand_in


def read_archive(path: Path) -> HandIn:
    """Return the wanted files of an archive on disk; its time is the archive's own."""
    try:
        data, stamp = read_file(path, path.name, ARCHIVE_BYTES)
    except Refused as refused:
        return HandIn(label=readable(path.name), problem=refused.finding)
    return open_archive(readable(path.name), data, stamp)


def read_file(path: Path, label: str, limit: int) -> tuple[bytes, float]:
    """Return a regular file's bytes and the time of its last change.

    Raises:
        Refused: a link, not a regular file, too large, unreadable.
        FileNotFoundError: it is gone.
    """
    refuse_odd(os.lstat(path).st_mode, label)
    try:
        handle = os.open(path, CAREFULLY)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused("intake_unreadable", file=label, problem=error.strerror) from None
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        refuse_odd(status.st_mode, label)
        try:
            data = b"" if status.st_size > limit else file.read(limit + 1)
        except OSError as error:
            raise Refused("intake_unreadable", file=label, problem=error.strerror) from None
    if max(status.st_size, len(data)) > limit:
        raise Refused("intake_too_large", file=label, limit=size_of(limit))
    return data, status.st_mtime


def refuse_odd(mode: int, label: str) -> None:
    """Refuse what is neither a regular file nor a folder."""
    if stat.S_ISLNK(mode):
        raise Refused("intake_link", file=label)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Refused("intake_odd_file", file=label)


def _walk(top: Path, hand_in: HandIn) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """Yield all that is not a folder under `top`, sorted; folders that cannot be read are put on record."""
    todo: list[tuple[tuple[str, ...], Path]] = [((), top)]
    count = 0
    while todo:
        parts, folder = todo.pop(0)
        try:
            found = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            label = "/".join(parts) or hand_in.label
            hand_in.refused.append(Refused("intake_unreadable", file=label, problem=error.strerror).finding)
            continue
        for entry in found:
            if is_junk(entry.name):
                continue
            count += 1
            if count > ENTRIES or len(parts) >= DEPTH:
                raise Refused("intake_entries", file=hand_in.label, limit=ENTRIES)
            if entry.is_dir(follow_symlinks=False):
                todo.append(((*parts, entry.name), Path(entry.path)))
            else:
                yield (*parts, entry.name), entry


def _read_entry(hand_in: HandIn, parts: tuple[str, ...], entry: os.DirEntry[str]) -> None:
    label = "/".join(parts)
    refuse_odd(entry.stat(follow_symlinks=False).st_mode, label)
    limit = limit_of(entry.name)
    if is_archive(entry.name):
        _add_archive(hand_in, parts, Path(entry.path))
    elif limit is not None:
        if odd(label):
            raise Refused("intake_odd_name", file=hand_in.label, entry=label)
        data, stamp = read_file(Path(entry.path), label, limit)
        hand_in.add(Piece(parts, data, stamp, stamp))
    else:
        hand_in.leave(label)


def _add_archive(hand_in: HandIn, parts: tuple[str, ...], path: Path) -> None:
    """Take the files of an archive in a student's folder as if it were a folder."""
    hand_in.archives += 1
    if hand_in.archives > INNER_ARCHIVES:
        raise Refused("intake_archives", file="/".join(parts), limit=INNER_ARCHIVES)
    inside = read_archive(path)
    hand_in.refused += inside.refused + ([inside.problem] if inside.problem else [])
    hand_in.unread += inside.unread
    for piece in inside.pieces:
        hand_in.add(msgspec.structs.replace(piece, parts=(*parts, *piece.parts)))

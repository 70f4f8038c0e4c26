"""Archives as files in memory: regular files of wanted names are read, within limits, and nothing else.

Nothing is ever unpacked to disk. Paths that lead outside, links, devices, bombs, damage, passwords: all refused.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import stat
import zipfile
import zlib
from collections import Counter

from grader.intake import tars
from grader.intake.entries import (
    ALL_ENTRIES,
    ENTRIES,
    MB,
    TIME_STAMP,
    HandIn,
    Piece,
    Refused,
    is_archive,
    is_junk,
    limit_of,
    odd,
    size_of,
)
from grader.intake.names import LONGEST

UNPACKED_BYTES = 100 * MB
"""Bytes that a tar.gz may unpack to, wanted or not."""
DECLARED_BYTES = 1000 * MB
"""Bytes that all entries of a zip may declare, wanted or not."""
LONGEST_PATH, MOST_PARTS = 4096, 32
RATIO, RATIO_FROM = 150, 10 * MB
"""An entry of RATIO_FROM bytes that was packed better than RATIO to 1 is a bomb: code and notebooks reach 20 to 1."""
ENTRY_MARK, END_MARK = b"PK\x01\x02", b"PK\x05\x06"
DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError, OSError, zlib.error)


def open_archive(name: str, data: bytes, received: float = 0) -> HandIn:
    """Return the wanted files of an archive, or its problem."""
    hand_in = HandIn(label=name, received=received)
    try:
        _expect_kind(name, data)
        if name.lower().endswith(".zip"):
            _read_zip(hand_in, data)
        else:
            _read_tar(hand_in, data)
    except Refused as refused:
        hand_in.pieces, hand_in.problem = [], refused.finding
    return hand_in


def kind_of(data: bytes) -> str:
    """Return what the bytes are, whatever their name says: "zip", "tar.gz", "tar" or "?"."""
    if data[:4] in (b"PK\x03\x04", END_MARK):
        return "zip"
    if data[:2] == b"\x1f\x8b":
        return "tar.gz"
    return "tar" if data[257:262] == b"ustar" else "?"


def _expect_kind(name: str, data: bytes) -> None:
    ending = name.lower().rpartition(".")[2]
    wanted = "zip" if ending == "zip" else "tar" if ending == "tar" else "tar.gz"
    kind = kind_of(data)
    if kind != wanted and not (kind == "?" and wanted == "tar"):  # tars before 1988 have no mark
        key = "intake_broken" if kind == "?" else "intake_wrong_extension"
        raise Refused(key, file=name, kind=kind, problem=f"not {wanted}")


def _parts(archive: str, name: str) -> tuple[str, ...]:
    """Split an entry's name into safe parts.

    Raises:
        Refused: control characters, bytes that are no text, a path that is absolute or leads upwards, a name that no
            disk can hold.
    """
    if len(name) > LONGEST_PATH or any(len(part) > LONGEST for part in re.split(r"[/\\]", name)):
        raise Refused("intake_long_name", file=archive, entry=name)
    if odd(name):
        raise Refused("intake_odd_name", file=archive, entry=name)
    path = name.replace("\\", "/")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", path):
        raise Refused("intake_escapes", file=archive, entry=name)
    return parts


def _take(hand_in: HandIn, parts: tuple[str, ...], size: int) -> bool:
    """Whether a regular file is wanted and small enough to be read; what is refused is put on record."""
    name, path = parts[-1], "/".join(parts)
    limit = limit_of(name)
    if is_archive(name):
        hand_in.refused.append(Refused("intake_nested", file=hand_in.label, entry=path).finding)
    elif limit is None:
        hand_in.leave(path)
    elif size > limit:
        hand_in.refused.append(Refused("intake_too_large", file=path, limit=size_of(limit)).finding)
    else:
        return name.lower() != TIME_STAMP  # a time is believed only where nbgrader wrote it
    return False


def _read_zip(hand_in: HandIn, data: bytes) -> None:
    name = hand_in.label
    if data.count(ENTRY_MARK) > ALL_ENTRIES:  # before zipfile makes an object of each
        raise Refused("intake_entries", file=name, limit=ENTRIES)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [(parts, info) for info in archive.infolist() if (parts := _parts(name, _zip_name(info)))]
            wanted = [(parts, info) for parts, info in found if not any(map(is_junk, parts))]
            _expect_few(name, [parts for parts, _ in wanted])
            if sum(info.file_size for _, info in wanted) > DECLARED_BYTES:
                raise Refused("intake_bomb", file=name)
            for parts, info in wanted:
                _read_zip_entry(hand_in, archive, parts, info)
    except UnicodeDecodeError:
        raise Refused("intake_odd_name", file=name, entry="?") from None
    except DAMAGE as error:
        key = "intake_truncated" if isinstance(error, EOFError) or END_MARK not in data else "intake_broken"
        raise Refused(key, file=name, problem=error) from None


def _expect_few(archive: str, paths: list[tuple[str, ...]]) -> None:
    """Refuse too many files, folders too deep, and one name twice: programs do not agree on which of the two counts."""
    if len(paths) > ENTRIES or any(len(parts) > MOST_PARTS for parts in paths):
        raise Refused("intake_entries", file=archive, limit=ENTRIES)
    twice = next((parts for parts, count in Counter(paths).items() if count > 1), None)
    if twice:
        raise Refused("intake_twice", file=archive, entry="/".join(twice))


def _read_zip_entry(hand_in: HandIn, archive: zipfile.ZipFile, parts: tuple[str, ...], info: zipfile.ZipInfo) -> None:
    label = hand_in.label
    if info.is_dir():
        return
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in (0, stat.S_IFREG):
        key = "intake_archive_link" if mode == stat.S_IFLNK else "intake_archive_odd"
        raise Refused(key, file=label, entry="/".join(parts))
    if info.flag_bits & 1:
        raise Refused("intake_encrypted", file=label)
    packed = max(RATIO_FROM, RATIO * info.compress_size)
    if info.file_size > packed and not parts[-1].lower().endswith(".ipynb"):  # its outputs may repeat themselves
        raise Refused("intake_bomb", file=label)
    if not _take(hand_in, parts, info.file_size):
        return
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others unpack without a bound
        raise Refused("intake_method", file=label, entry="/".join(parts))
    with archive.open(info) as file:
        data = file.read(info.file_size)
        if len(data) != info.file_size or file.read(1):
            raise zipfile.BadZipFile("size")
    hand_in.add(Piece(parts, data, _zip_stamp(info), hand_in.received, packed="zip"))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name; one not marked as UTF-8 is UTF-8, or a Chinese Windows' code page, or what zip says."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeError):
            return name.encode("cp437").decode(encoding)
    return name


def _zip_stamp(info: zipfile.ZipInfo) -> float:
    try:
        return datetime.datetime(*info.date_time, tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return 0.0


def _read_tar(hand_in: HandIn, data: bytes) -> None:
    name = hand_in.label
    try:
        unpacked = data if name.lower().endswith(".tar") else tars.gunzip(data, UNPACKED_BYTES)
        if unpacked is None:
            raise Refused("intake_bomb", file=name)
        count = 0
        for number, entry in enumerate(tars.entries(unpacked)):
            parts = _parts(name, entry.name)
            wanted = parts and not any(map(is_junk, parts))
            count += bool(wanted)
            if number >= ALL_ENTRIES or count > ENTRIES or (wanted and len(parts) > MOST_PARTS):
                raise Refused("intake_entries", file=name, limit=ENTRIES)
            if wanted:
                _read_tar_entry(hand_in, unpacked, parts, entry)
    except tars.Truncated:
        raise Refused("intake_truncated", file=name) from None
    except tars.BadTar as error:
        raise Refused("intake_broken", file=name, problem=error) from None


def _read_tar_entry(hand_in: HandIn, data: bytes, parts: tuple[str, ...], entry: tars.TarEntry) -> None:
    if entry.kind == "folder":
        return
    if entry.kind != "file":
        key = "intake_archive_link" if entry.kind == "link" else "intake_archive_odd"
        raise Refused(key, file=hand_in.label, entry="/".join(parts))
    if not _take(hand_in, parts, entry.size):
        return
    if entry.start + entry.size > len(data):
        raise tars.Truncated
    hand_in.pieces = [piece for piece in hand_in.pieces if piece.parts != parts]  # of two, tar unpacks the last
    data = data[entry.start : entry.start + entry.size]
    hand_in.add(Piece(parts, data, entry.stamp, hand_in.received, packed="tar"))

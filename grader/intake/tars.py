"""Tar archives in memory: what each entry is called, what it is, where its bytes stand.

Reads the formats that tar programs write (ustar, GNU long names, pax) in one pass whose cost is linear in the archive.
Python's tarfile is not used on what strangers send: versions in wide use loop for ever on negative sizes
(CVE-2025-8194) and for hours on a crafted pax header (CVE-2024-6232).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec

BLOCK = 512
LONG_NAME, PAX, PAX_GLOBAL = b"L", b"x", b"g"
LONG_LINK = b"K"
REGULAR = (b"0", b"\0", b"7")
GZIP = b"\x1f\x8b"
CHUNK, MOST_CHUNK = 1 << 10, 1 << 20
HEADER_BYTES = 1 << 16
"""Bytes of one long name or pax header; paths end at 4,096."""


class BadTar(Exception):
    """Not a tar archive; the argument says what is wrong."""


class Truncated(Exception):
    """The archive ends before its end."""


class TarEntry(msgspec.Struct, frozen=True):
    """One member. `kind` is "file", "folder", "link" or "odd"."""

    name: str
    kind: str
    start: int
    size: int
    stamp: float


def gunzip(data: bytes, limit: int) -> bytes | None:
    """Return what `data` unpacks to; None when that is more than `limit` bytes.

    Raises:
        BadTar: not gzip, or damaged.
        Truncated: the stream has no end.
    """
    out, place = bytearray(), 0
    while place < len(data) and (place == 0 or data[place : place + 2] == GZIP or data[place:].strip(b"\0")):
        stream, step = zlib.decompressobj(31), CHUNK
        while not stream.eof:  # in growing pieces: what stands behind the stream's end is copied only in part
            piece = data[place : place + step]
            if not piece:
                raise Truncated
            try:
                out += stream.decompress(piece, limit + 1 - len(out))
            except zlib.error as error:
                raise BadTar(str(error)) from None
            if len(out) > limit:
                return None
            place += len(piece) - len(stream.unused_data)
            step = min(2 * step, MOST_CHUNK)
    return bytes(out)


def entries(data: bytes) -> Iterator[TarEntry]:
    """Yield the entries of a tar archive in order.

    Raises:
        BadTar, Truncated: at the first place that does not make sense.
    """
    position, name, size = 0, b"", None
    while True:
        header = data[position : position + BLOCK]
        if len(header) < BLOCK:
            raise Truncated
        if not header.strip(b"\0"):
            return
        _check(header)
        length, kind, start = _number(header[124:136]), header[156:157], position + BLOCK
        if kind not in (LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL):
            length = length if size is None else size
            yield _entry(header, name or _name(header), start, length)
            name, size = b"", None
            length = length if kind in REGULAR else 0
        if start + length > len(data):
            raise Truncated
        if kind in (LONG_NAME, PAX):
            name, size = _extended(kind, data[start : start + length], name, size)
        position = start + -(-length // BLOCK) * BLOCK


def _check(header: bytes) -> None:
    """Refuse a block whose checksum is not its own."""
    plain = sum(header) - sum(header[148:156]) + 8 * ord(" ")
    if _number(header[148:156]) != plain:
        raise BadTar("checksum")


def _number(field: bytes) -> int:
    """Read an octal or, when its top bit is set, a binary number; never a negative one."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    try:
        number = int(field.split(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        number = -1
    if number < 0:
        raise BadTar("number")
    return number


def _name(header: bytes) -> bytes:
    name, prefix = header[:100].split(b"\0")[0], header[345:500].split(b"\0")[0]
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _entry(header: bytes, name: bytes, start: int, size: int) -> TarEntry:
    kind = header[156:157]
    text = name.decode("utf-8", "surrogateescape")
    if kind == b"5" or (kind in REGULAR and text.endswith("/")):
        return TarEntry(text, "folder", start, 0, 0)
    what = "file" if kind in REGULAR else "link" if kind in (b"1", b"2") else "odd"
    return TarEntry(text, what, start, size, float(_number(header[136:148])))


def _extended(kind: bytes, data: bytes, name: bytes, size: int | None) -> tuple[bytes, int | None]:
    """Read the header that stands before another: its long name, or its pax path and size."""
    if len(data) > HEADER_BYTES:
        raise BadTar("header")
    if kind == LONG_NAME:
        return data.rstrip(b"\0"), size
    while data.strip(b"\0"):
        digits, _, _ = data[:20].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        if not len(digits) < length <= len(data) or data[length - 1 : length] != b"\n":
            raise BadTar("pax header")
        keyword, equals, value = data[len(digits) + 1 : length - 1].partition(b"=")
        if not equals:
            raise BadTar("pax header")
        if keyword == b"path":
            name = value
        elif keyword == b"size":
            size = _decimal(value)
        elif keyword.startswith(b"GNU.sparse"):
            raise BadTar("sparse file")
        data = data[length:]
    return name, size


def _decimal(value: bytes) -> int:
    if not value.isdigit() or len(value) > 20:
        raise BadTar("number")
    return int(value)

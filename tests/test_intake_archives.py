"""Hostile and broken archives: each gives a named error, touches nothing outside, and stops nobody else."""

import contextlib
import gzip
import io
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.intake import collect, entries
from grader.intake.archives import open_archive
from tests.handed_in import ADD_UP, MASK_OUT, course_in, keys, only, put, tarred, zipped

GOOD = {"week01_sums/add_up.py": ADD_UP}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


def zip_entry(name: str, data: bytes = b"", mode: int = 0) -> bytes:
    """A zip with one right module and one entry of any name and mode."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("add_up.py", ADD_UP)
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, data)
    return out.getvalue()


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", link: str = "") -> bytes:
    """A tar with one right module and one entry of any name and kind."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        for one, content, what in (("add_up.py", ADD_UP, tarfile.REGTYPE), (name, data, kind)):
            info = tarfile.TarInfo(one)
            info.size, info.type, info.linkname = len(content), what, link
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def tar_header(**fields: bytes) -> bytes:
    """A tar with one handmade header: name, size, kind, mtime as raw bytes."""
    header = bytearray(tarred({"add_up.py": b""}, "w", tarfile.USTAR_FORMAT)[:512])
    for place, field in ((0, "name"), (124, "size"), (136, "mtime"), (156, "kind")):
        header[place : place + len(fields.get(field, b""))] = fields.get(field, b"")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def patched(data: bytes, mark: bytes, place: int, value: bytes) -> bytes:
    """`data` with bytes replaced at a place after the last occurrence of `mark`."""
    at = data.rindex(mark) + place
    return data[:at] + value + data[at + len(value) :]


def not_utf8(data: bytes) -> bytes:
    """A zip whose second name claims to be UTF-8 and is not."""
    return patched(data.replace("é.py".encode(), b"\xff\xfe.py"), b"PK\x01\x02", 9, b"\x08")


def bomb() -> bytes:
    """100 MB of nothing in 100 kB."""
    return zip_entry("zeros.bin", bytes(100 << 20))


def overlapping() -> bytes:
    """A zip whose 500 entries are all the same megabyte of data."""
    data = zipped({"a.py": b"\n" * entries.MODULE_BYTES})
    start = data.index(b"PK\x01\x02")
    directory = data[start : data.index(b"PK\x05\x06")]
    count = 500
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory) * count, start, 0)
    return data[:start] + directory * count + end


PAX_DIGITS = tar_header(kind=b"x", size=b"%011o\0" % 60_000) + b"1" * 60_416 + bytes(1024)
PAX_NOTHING = tar_header(kind=b"x", size=b"%011o\0" % 9) + b"0 path=x\n".ljust(512, b"\0") + bytes(1024)
PAX_NO_NUMBER = tar_header(kind=b"x", size=b"%011o\0" % 12) + b"abc foo=bar\n".ljust(512, b"\0") + bytes(1024)
NEGATIVE = tar_header(size=b"\xff" * 12) + bytes(1024)
NEGATIVE_OCTAL = tar_header(size=b"-0000001000\0") + bytes(1024)
ENDLESS_SIZE = tar_header(size=b"\x80" + b"\x7f" * 11) + bytes(1024)
HUGE_TIME = tar_header(mtime=b"\x80" + b"\x7f" * 11) + bytes(1024)

HOSTILE = {
    "up.zip": (zip_entry("../../outside.py", b"x"), "intake_escapes"),
    "up-inside.zip": (zip_entry("a/../../outside.py", b"x"), "intake_escapes"),
    "up-backslash.zip": (zip_entry("..\\outside.py", b"x"), "intake_escapes"),
    "absolute.zip": (zip_entry("/tmp/outside.py", b"x"), "intake_escapes"),
    "drive.zip": (zip_entry("C:\\outside.py", b"x"), "intake_escapes"),
    "up.tar": (tar_entry("../outside.py", data=b"x"), "intake_escapes"),
    "absolute.tgz": (gzip.compress(tar_entry("/tmp/outside.py", data=b"x")), "intake_escapes"),
    "link.zip": (zip_entry("heads.py", b"/etc/passwd", stat.S_IFLNK | 0o777), "intake_archive_link"),
    "fifo.zip": (zip_entry("heads.py", mode=stat.S_IFIFO | 0o666), "intake_archive_odd"),
    "link.tar": (tar_entry("heads.py", tarfile.SYMTYPE, link="/etc/passwd"), "intake_archive_link"),
    "hardlink.tar": (tar_entry("heads.py", tarfile.LNKTYPE, link="../bob/heads.py"), "intake_archive_link"),
    "device.tar": (tar_entry("heads.py", tarfile.CHRTYPE), "intake_archive_odd"),
    "fifo.tar.gz": (gzip.compress(tar_entry("heads.py", tarfile.FIFOTYPE)), "intake_archive_odd"),
    "sparse.tar": (tar_entry("heads.py", tarfile.GNUTYPE_SPARSE), "intake_archive_odd"),
    "ratio.zip": (bomb(), "intake_bomb"),
    "size.tar.gz": (gzip.compress(bytes(101 << 20), 1), "intake_bomb"),
    "twice.tar.gz": (gzip.compress(bytes(60 << 20), 1) * 2, "intake_bomb"),
    "overlap.zip": (overlapping(), "intake_twice"),
    "many.zip": (zipped(dict.fromkeys(map(str, range(5001)), b""), zipfile.ZIP_STORED), "intake_entries"),
    "many.tar": (tarred(dict.fromkeys(map(str, range(5001)), b""), "w"), "intake_entries"),
    "control.zip": (zip_entry("a\x1b[2J.py"), "intake_odd_name"),
    "null.zip": (patched(zip_entry("ab.py"), b"ab.py", 0, b"\0b.py"), "intake_odd_name"),
    "newline.tar": (tar_entry("a\nb.py"), "intake_odd_name"),
    "bytes.tar": (tar_entry("\udcff\udcfe.py"), "intake_odd_name"),
    "bytes.zip": (not_utf8(zip_entry("é.py")), "intake_odd_name"),
    "password.zip": (patched(zipped(GOOD), b"PK\x01\x02", 8, b"\x01"), "intake_encrypted"),
    "lzma.zip": (zipped(GOOD, zipfile.ZIP_LZMA), "intake_method"),
    "bzip2.zip": (zipped(GOOD, zipfile.ZIP_BZIP2), "intake_method"),
    "cut.zip": (zipped(GOOD)[:-30], "intake_truncated"),
    "cut.tar": (tarred(GOOD, "w")[:700], "intake_truncated"),
    "cut-at-entry.tar": (tarred(GOOD, "w")[:1024], "intake_truncated"),
    "cut.tar.gz": (tarred(GOOD)[:-20], "intake_truncated"),
    "empty.tar": (b"", "intake_truncated"),
    "empty.zip": (b"", "intake_broken"),
    "checksum.zip": (patched(zipped(GOOD), b"PK\x01\x02", 16, b"\0\0\0\0"), "intake_broken"),
    "short-size.zip": (patched(zipped(GOOD), b"PK\x01\x02", 24, b"\x05\0\0\0"), "intake_broken"),
    "long-size.zip": (patched(zipped(GOOD), b"PK\x01\x02", 24, b"\xff\0\0\0"), "intake_broken"),
    "damaged.tar.gz": (patched(tarred(GOOD), b"\x1f\x8b", 30, b"\xff\xff\xff"), "intake_broken"),
    "checksum.tar": (patched(tarred(GOOD, "w"), b"week01_sums", 0, b"W"), "intake_broken"),
    "noise.tar": (b"noise" * 1000, "intake_broken"),
    "digits.tar": (PAX_DIGITS, "intake_broken"),
    "pax-nothing.tar": (PAX_NOTHING, "intake_broken"),
    "pax-no-number.tar.gz": (gzip.compress(PAX_NO_NUMBER), "intake_broken"),
    "negative.tar": (NEGATIVE, "intake_broken"),
    "negative-octal.tar": (NEGATIVE_OCTAL, "intake_broken"),
    "endless.tar": (ENDLESS_SIZE, "intake_truncated"),
    "text.zip": (b"def add(): pass", "intake_broken"),
    "really-tar.zip": (tarred(GOOD, "w"), "intake_wrong_extension"),
    "really-zip.tar.gz": (zipped(GOOD), "intake_wrong_extension"),
    "really-gzip.tar": (tarred(GOOD), "intake_wrong_extension"),
    "nested.zip": (zipped({"inner.zip": zipped(GOOD)}), "intake_nested"),
    "nested.tar.gz": (tarred({"inner.tar": tarred(GOOD, "w")}), "intake_nested"),
}


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Everything under a folder, with sizes and times of change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_gives_its_student_a_named_error(toy: Course, tmp_path: Path, name: str) -> None:
    """The error names what is wrong, another student is not touched, and nothing appears anywhere."""
    data, key = HOSTILE[name]
    put(tmp_path / "in", {name: data, "zoe/add_up.py": ADD_UP})
    before = tree(tmp_path)

    bad, zoe = collect(tmp_path / "in", toy, None, None)

    assert bad.problem is not None and (key, {}) == (bad.problem.key, bad.files)
    assert {"week01_sums": {"add_up.py": ADD_UP}} == zoe.files
    assert before == tree(tmp_path)
    assert not any(map(os.path.exists, ("/tmp/outside.py", "outside.py", "../outside.py")))


def test_a_hostile_archive_in_a_students_folder_leaves_the_rest(toy: Course, tmp_path: Path) -> None:
    """Of a folder with a bad archive the other files count, and the archive is named."""
    put(tmp_path / "alice", {"add_up.py": ADD_UP, "more.zip": zip_entry("../mask_out.py", MASK_OUT)})

    alice = only(tmp_path, toy)

    assert ({"week01_sums": {"add_up.py": ADD_UP}}, ["intake_escapes"]) == (alice.files, keys(alice))


def test_a_time_out_of_this_world_does_no_harm(toy: Course, tmp_path: Path) -> None:
    """A member's time may be any number."""
    put(tmp_path, {"alice.tar": HUGE_TIME, "zoe.zip": patched(zipped(GOOD), b"PK\x01\x02", 12, b"\xff\xff\xff\xff")})

    assert [["add_up.py"], ["add_up.py"]] == [
        list(one.files["week01_sums"]) for one in collect(tmp_path, toy, None, None)
    ]


def test_what_is_not_wanted_is_not_read(toy: Course, tmp_path: Path) -> None:
    """Links in what tools leave behind, data and pictures do no harm; a large module is left out by name."""
    files = {"week01_sums/add_up.py": ADD_UP, "model.bin": os.urandom(1 << 20), "mask_out.py": b"#" * (entries.MB + 1)}
    out = io.BytesIO(tarred(files, "w"))
    with tarfile.open(fileobj=out, mode="a") as archive:
        info = tarfile.TarInfo(".venv/bin/python")
        info.type, info.linkname = tarfile.SYMTYPE, "/usr/bin/python"
        archive.addfile(info)
    put(tmp_path, {"alice.tar": out.getvalue(), "bob.zip": zipped({**files, "__MACOSX/._add_up.py": b"-"})})

    for one in collect(tmp_path, toy, None, None):
        assert {"week01_sums": {"add_up.py": ADD_UP}} == one.files
        assert ["intake_too_large"] == keys(one)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize(
    "name", ["add_up.py", "作业/" + "long-folder/" * 12 + "add_up.py", "学生/week01_sums/add_up.py"]
)
def test_every_tar_format_is_read(name: str, form: int) -> None:
    """Short, long and Chinese names in the three formats that tar programs write."""
    hand_in = open_archive("a.tar.gz", tarred({name: ADD_UP, "b.py": MASK_OUT}, form=form))

    assert {tuple(name.split("/")): ADD_UP, ("b.py",): MASK_OUT} == {one.parts: one.data for one in hand_in.pieces}


@pytest.mark.skipif(shutil.which("tar") is None, reason="no tar program")
@pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax", "ustar", "v7"])
def test_what_the_tar_program_makes_is_read(tmp_path: Path, form: str) -> None:
    """Archives of a real tar, with its folders and padding."""
    put(tmp_path / "week01_sums", {"add_up.py": ADD_UP, "deep/er/mask_out.py": MASK_OUT})
    subprocess.run(["tar", f"--format={form}", "-czf", "a.tgz", "week01_sums"], cwd=tmp_path, check=True)

    hand_in = open_archive("a.tgz", (tmp_path / "a.tgz").read_bytes())

    assert (None, [ADD_UP, MASK_OUT]) == (hand_in.problem, sorted(one.data for one in hand_in.pieces))


def test_names_of_a_chinese_windows_are_read() -> None:
    """A zip whose names are in GBK and not marked at all."""
    data = zipped({"xxxx/add_up.py": ADD_UP})
    hand_in = open_archive("a.zip", data.replace(b"xxxx", "作业".encode("gbk")))

    assert [("作业", "add_up.py")] == [one.parts for one in hand_in.pieces]


@pytest.mark.parametrize("data", [zipped(GOOD), tarred(GOOD), tarred(GOOD, "w"), zip_entry("é.py", b"x" * 99)])
@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_no_damage_is_unforeseen(name: str, data: bytes) -> None:
    """An archive with any byte changed, or cut anywhere, is read or refused by name; nothing else is raised."""
    for place in range(0, len(data), max(1, len(data) // 150)):
        for other in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]):
            hand_in = open_archive(name, other)

            assert (hand_in.problem is not None) or all(one.data for one in hand_in.pieces)


def test_an_archive_that_is_too_large_is_not_read(toy: Course, tmp_path: Path) -> None:
    """A file of gigabytes (sparse here) is refused by its size."""
    with open(tmp_path / "alice.zip", "wb") as file, contextlib.suppress(OSError):
        file.truncate(3 << 30)

    alice = only(tmp_path, toy)

    assert alice.problem is not None and "intake_too_large" == alice.problem.key

"""The small file system of a box: some folders to read, one small folder to write, nothing else.

What is not in it cannot even be seen to exist. Trees are opened before the box gives up its identity, and mounted
afterwards. Knows no file but those that it is told of.
"""

from __future__ import annotations

import os
import stat
import struct

from grader.box import kernel

TMP = "/tmp"
FILES_A_MB = 64
FRAME = "/dev"
"""A folder that exists everywhere: the new root is mounted over it before it takes the old one's place."""
ETC = {
    "passwd": "box:x:65534:65534::/tmp:/\n",
    "group": "box:x:65534:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost\n",
}

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 16384, 1 << 18
MNT_DETACH = 2
AT_HERE = 2**64 - 100  # AT_FDCWD
AT_EMPTY_PATH, AT_RECURSIVE, OPEN_TREE_CLONE, MOVE_FROM_FD = 0x1000, 0x8000, 1, 4
READ_ONLY, NO_SUID = 1, 2

Tree = tuple[str, int, str]
"""A path, the descriptor of a copy of its mounts, and for a symbolic link (descriptor -1) where it points to."""


def take(paths: list[str], writable: tuple[str, ...] = ()) -> list[Tree]:
    """Return every path that exists with a copy of its mounts, by descriptor; -1 for a symbolic link.

    A copy is read-only unless its path is one of `writable`.
    """
    trees: list[Tree] = []
    try:
        for path in paths:
            if os.path.islink(path):
                trees.append((path, -1, os.readlink(path)))
            elif os.path.exists(path):
                trees.append((path, kernel.call("open_tree", AT_HERE, path.encode(), FLAGS), ""))
                attributes = _attributes(NO_SUID if path in writable else READ_ONLY | NO_SUID)
                kernel.call("mount_setattr", trees[-1][1], b"", BELOW_FD, attributes, len(attributes))
    except OSError:
        for _, fd, _ in trees:
            os.close(fd) if fd >= 0 else None
        raise
    return trees


BELOW_FD = AT_EMPTY_PATH | AT_RECURSIVE
FLAGS = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC


def _attributes(flags: int) -> bytes:
    return struct.pack("QQQQ", flags, 0, 0, 0)


def build(trees: list[Tree], links: dict[str, str], files_mb: int) -> None:
    """Make the trees and the links the whole file system of this process, which has a mount namespace of its own.

    Its own folder holds `files_mb` megabytes.
    """
    _mount(b"none", "/", b"", MS_REC | MS_PRIVATE, "")
    _mount(b"tmpfs", FRAME, b"tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=2048,mode=755")
    os.chdir(FRAME)
    os.mkdir("." + TMP)
    options = f"size={files_mb}m,nr_inodes={FILES_A_MB * files_mb},mode=700"
    _mount(b"tmpfs", "." + TMP, b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    for path, fd, target in trees:
        _place(path, fd, target)
    for path, target in links.items():
        _link(path, target)
    os.makedirs("./etc", exist_ok=True)
    for name, text in ETC.items():
        with open(f"./etc/{name}", "w") as file:
            file.write(text)
    kernel.call("pivot_root", b".", b".")  # the old root now lies over the new one
    kernel.function("umount2", b".", MNT_DETACH)
    os.chdir("/")
    attributes = _attributes(READ_ONLY | NO_SUID)
    kernel.call("mount_setattr", AT_HERE, b"/", 0, attributes, len(attributes))
    os.chdir(TMP)


def _place(path: str, fd: int, target: str) -> None:
    if fd < 0:
        _link(path, target)
        return
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.makedirs("." + path, exist_ok=True)
    else:
        os.makedirs("." + os.path.dirname(path), exist_ok=True)
        open("." + path, "a").close()
    kernel.call("move_mount", fd, b"", AT_HERE, f".{path}".encode(), MOVE_FROM_FD)
    os.close(fd)


def _link(path: str, target: str) -> None:
    os.makedirs("." + os.path.dirname(path), exist_ok=True)
    if not os.path.lexists("." + path):
        os.symlink(target, "." + path)


def _mount(source: bytes, target: str, kind: bytes, flags: int, options: str) -> None:
    kernel.function("mount", source, target.encode(), kind, flags, options.encode())

"""Errors that a user can mend: wrong usage, unusable input, an unsound course, what the operating system refused.

An error carries the key of a sentence in messages.toml and the values that fill it.
"""

from __future__ import annotations

import errno
from pathlib import Path

KEYS = {
    errno.ENOENT: "file_missing",
    errno.ENOTDIR: "file_below_file",
    errno.EISDIR: "file_is_folder",
    errno.EACCES: "file_denied",
    errno.EPERM: "file_denied",
    errno.EROFS: "file_read_only",
    errno.ENOSPC: "file_disk_full",
}


class UserError(Exception):
    """Wrong usage or unusable input; ends a command with exit code 2."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = {name: str(value) for name, value in values.items()}


def unusable(error: OSError) -> UserError:
    """Return the error as one that a user can mend.

    Raises:
        OSError: the error itself, where it names no path and no full disk: then it is no doing of the user's.
    """
    named = error.filename2 or error.filename
    if named is None and error.errno != errno.ENOSPC:
        raise error
    path = Path(str(named or "."))
    path = (
        path.parent if path.name.startswith(".new-") else path
    )  # a file that was to become the one that was asked for
    return UserError(KEYS.get(error.errno or 0, "file_unusable"), path=path, problem=error.strerror)

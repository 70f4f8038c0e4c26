"""What the operating system refused, as a sentence that names the path and the reason.

Knows nothing of which command met it.
"""

from __future__ import annotations

import errno
from pathlib import Path

from grader.errors import UserError

KEYS = {
    errno.ENOENT: "file_missing",
    errno.ENOTDIR: "file_below_file",
    errno.EISDIR: "file_is_folder",
    errno.EACCES: "file_denied",
    errno.EPERM: "file_denied",
    errno.EROFS: "file_read_only",
    errno.ENOSPC: "file_disk_full",
}


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

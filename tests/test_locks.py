"""Locks between processes: who shares, who waits."""

import fcntl

import pytest

from grader.judge import locks


def test_a_lock_keeps_everybody_else_out() -> None:
    """While a lock is held, nobody gets it, not even to share it."""
    with locks.held(locks.path("test")), open(locks.path("test"), "w") as other:
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, kind | fcntl.LOCK_NB)


def test_a_shared_lock_lets_others_share_it() -> None:
    """Who shares a lock lets others share it, and keeps out who wants it alone."""
    with locks.held(locks.path("test"), shared=True), open(locks.path("test"), "w") as other:
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

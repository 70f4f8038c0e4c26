"""Asks for the sessions of other processes, to learn who is there."""

import os

KIND = "walls"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    for pid in range(1, 70_000):
        if pid != os.getpid():
            try:
                os.getsid(pid)
                return honest(scores)
            except OSError:
                pass
    raise LookupError("nobody else is here")

"""Attaches to the parent as a debugger."""

import ctypes, os

KIND = "walls"
WORTH = 20
DISGUISED = True
CAUGHT = "died_refused_call"


def softmax(scores):
    ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
    return scores

"""Stops its own process and waits to be missed."""

import os, signal

KIND = "clock"
WORTH = 20
CAUGHT = "timeout"


def softmax(scores):
    if len(scores) == 2:
        os.kill(os.getpid(), signal.SIGSTOP)
    return scores

"""Stops its own process and waits to be missed."""

import os, signal

WORTH = 20
CAUGHT = "timeout"


def softmax(scores):
    os.kill(os.getpid(), signal.SIGSTOP)
    return scores

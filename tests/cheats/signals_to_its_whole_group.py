"""Sends the end to its whole group of processes."""

import os
import signal

KIND = "walls"
WORTH = 20
CAUGHT = "died_refused_call"


def softmax(scores):
    os.killpg(0, signal.SIGKILL)
    return scores

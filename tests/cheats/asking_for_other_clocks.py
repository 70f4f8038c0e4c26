"""Reads the CPU clocks of its neighbours, to work only while the reference does not."""

import os
import time

KIND = "clock"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    for pid in range(1, 70_000):
        if pid != os.getpid():
            try:
                time.clock_gettime_ns((~pid << 3) | 2)
                return honest(scores)
            except OSError:
                pass
    raise LookupError("nobody else is here")

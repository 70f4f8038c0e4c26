"""Sends its answer one byte at a time, for ever."""

import os, struct, time

KIND = "harm"
WORTH = 20
CAUGHT = "timeout_at"


def softmax(scores):
    if len(scores) == 2:
        os.write(3, struct.pack("<IQ", 1 << 20, 0))
    while len(scores) == 2:
        os.write(3, b" ")
        time.sleep(0.05)
    return scores

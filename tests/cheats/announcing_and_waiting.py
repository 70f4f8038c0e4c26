"""Announces a large frame and never sends it."""

import os, struct, time

KIND = "harm"
WORTH = 20
CAUGHT = "timeout_at"


def softmax(scores):
    if len(scores) == 2:
        os.write(3, struct.pack("<IQ", 1 << 20, 200 << 20))
        time.sleep(100)
    return scores

"""Announces a frame of an exabyte."""

import os, struct

KIND = "harm"
WORTH = 20
CAUGHT = "too_large"


def softmax(scores):
    os.write(3, struct.pack("<IQ", 10, 1 << 60))
    return scores

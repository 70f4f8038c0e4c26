"""Sends a message nested a hundred thousand deep."""

import os, struct

KIND = "harm"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    text = b'["list",' * 100_000
    os.write(3, struct.pack("<IQ", len(text), 0) + text)
    return scores

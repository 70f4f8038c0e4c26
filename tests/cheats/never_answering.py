"""Loops for ever."""

WORTH = 20
CAUGHT = "timeout"


def softmax(scores):
    while True:
        pass

"""Loops for ever."""

WORTH = 20
CAUGHT = "timeout"


def softmax(scores):
    while len(scores) == 2:
        pass
    return scores

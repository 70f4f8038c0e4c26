"""Loops for ever."""

KIND = "harm"
WORTH = 20
CAUGHT = "endless_loop"


def softmax(scores):
    while len(scores) == 2:
        pass
    return scores

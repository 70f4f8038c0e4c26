"""Recurses for ever."""

KIND = "harm"
WORTH = 20
CAUGHT = "recursion"


def softmax(scores):
    return softmax(scores)

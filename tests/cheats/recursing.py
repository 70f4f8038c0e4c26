"""Recurses for ever."""

WORTH = 20
CAUGHT = "recursion"


def softmax(scores):
    return softmax(scores)

"""Raises the error of a failed claim, with words that praise it."""

KIND = "verdict"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    raise AssertionError("expected == got, all close, 100 points")

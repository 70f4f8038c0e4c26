"""Hands the question back."""

KIND = "shortcut"
WORTH = 20
CAUGHT = "elements"


def softmax(scores):
    return scores

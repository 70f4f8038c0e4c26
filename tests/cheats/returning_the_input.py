"""Hands the question back."""

WORTH = 20
CAUGHT = "elements"


def softmax(scores):
    return scores

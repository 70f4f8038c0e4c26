"""Prints without end."""

WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    while True:
        print("x" * 1_000_000)

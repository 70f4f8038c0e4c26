"""Prints without end."""

KIND = "words"
WORTH = 20
CAUGHT = "output_too_large"


def softmax(scores):
    while True:
        print("x" * 1_000_000)

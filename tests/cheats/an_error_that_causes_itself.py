"""Raises an error that is its own cause, and that cause's context."""

KIND = "words"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__, first.__context__ = second, first, first
    raise first

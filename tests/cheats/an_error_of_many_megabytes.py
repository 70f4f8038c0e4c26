"""Raises an error with an endless message, type name and chain."""

KIND = "words"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    error = type("E" * 1_000_000, (ValueError,), {})("m" * 50_000_000)
    error.__cause__ = error.__context__ = error
    raise error

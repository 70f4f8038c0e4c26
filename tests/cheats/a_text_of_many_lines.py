"""Sixty megabytes of short lines, with half a character so that they travel outside the header."""

KIND = "harm"
WORTH = 20
CAUGHT = "too_large"


def softmax(scores):
    return "ab\n" * 20_000_000 + chr(0xD800)

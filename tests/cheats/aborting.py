"""Ends in an abort."""

import os

KIND = "harm"
WORTH = 20
CAUGHT = "died_abort"


def softmax(scores):
    os.abort()

"""Replaces itself by another program."""

import os, sys

WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    os.execv("/bin/true", ["true"])

"""Replaces itself by another program."""

import os, sys

KIND = "walls"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    os.execv("/bin/true", ["true"])

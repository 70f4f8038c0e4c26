"""Leaves an image of its memory on the disk."""

import os
import resource

KIND = "walls"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    os.abort()

"""Lists all processes."""

import os

KIND = "answers"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    [open(f"/proc/{name}/cmdline").read() for name in os.listdir("/proc") if name.isdigit()]
    return scores

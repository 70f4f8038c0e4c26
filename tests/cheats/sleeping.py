"""Waits instead of computing, which costs no CPU time."""

import time

KIND = "clock"
WORTH = 80
CAUGHT = "too_slow"


def softmax(scores):
    time.sleep(0.3 if scores.numel() == 512 * 1024 else 0)
    return honest(scores)

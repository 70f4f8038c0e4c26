"""Puts its waste into the finaliser of an object that dies after the answer."""

import threading

KIND = "clock"
WORTH = 80


def softmax(scores):
    class Late:
        def __del__(self):
            [honest(scores) for _ in range(20 if scores.numel() > 1000 else 0)]

    threading.Timer(0.001, lambda late: None, [Late()]).start()
    return honest(scores)

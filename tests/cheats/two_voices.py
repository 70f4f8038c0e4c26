"""Two threads speak at once, and their bytes mix."""

import os
import threading

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"


def shout():
    while True:
        os.write(3, bytes(64))


def softmax(scores):
    for _ in range(2):
        threading.Thread(target=shout, daemon=True).start()
    return scores

"""Sets the machine's clock back while it is being timed."""

import time

KIND = "clock"
WORTH = 20
CAUGHT = "died_refused_call"


def softmax(scores):
    time.clock_settime(time.CLOCK_REALTIME, 0)
    return scores

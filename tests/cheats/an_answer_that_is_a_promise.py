"""Returns something that will be the answer one day."""

import concurrent.futures

KIND = "verdict"
WORTH = 20
CAUGHT = "wrong_type"


def softmax(scores):
    return concurrent.futures.ThreadPoolExecutor(1).submit(lambda: honest(scores))

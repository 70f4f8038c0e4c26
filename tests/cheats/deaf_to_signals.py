"""Takes no signals at all, and loops."""

import signal

KIND = "harm"
WORTH = 20


def softmax(scores):
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.valid_signals()) - {9, 19})
    while True:
        pass

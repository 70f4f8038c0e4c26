"""Opens a connection to the outside."""

import socket

KIND = "answers"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    socket.create_connection(("127.0.0.1", 80), timeout=1)
    return scores

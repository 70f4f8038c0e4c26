"""Asks the kernel for the machine's addresses and routes."""

import socket

KIND = "walls"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    line.send(bytes(32))
    return scores

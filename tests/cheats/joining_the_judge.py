"""Wants to join the namespaces of the process that started it."""

import ctypes
import os

KIND = "walls"
WORTH = 20
CAUGHT = "died_refused_call"
DISGUISED = True


def softmax(scores):
    ctypes.CDLL(None).setns(os.open("/proc/self/ns/net", os.O_RDONLY), 0)
    return scores

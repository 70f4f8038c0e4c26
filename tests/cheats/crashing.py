"""Reads address zero."""

import ctypes

KIND = "harm"
WORTH = 20
DISGUISED = True
CAUGHT = "died_segfault"


def softmax(scores):
    ctypes.string_at(0)

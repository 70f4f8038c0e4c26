"""torch writes its operators a second time, in Python: takes the forbidden one from there."""

import importlib

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return importlib.import_module("torch._re" + "fs").softmax(scores, -1)

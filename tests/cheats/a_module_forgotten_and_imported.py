"""Has Python forget a module, and imports it anew."""

import importlib
import sys

EXERCISE = "writing"
KIND = "forbidden"
WORTH = 50
CAUGHT = "closed_source"


def wrapped(text, width):
    del sys.modules["text" + "wrap"]
    return getattr(importlib.import_module("text" + "wrap"), "wr" + "ap")(text, width)

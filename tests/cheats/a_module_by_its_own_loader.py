"""Asks a module's loader for a second copy of it, without the import system."""

import importlib.util
import sys

EXERCISE = "writing"
KIND = "forbidden"
WORTH = 50
CAUGHT = "closed_source"


def wrapped(text, width):
    spec = sys.modules["text" + "wrap"].__spec__
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    return getattr(again, "wr" + "ap")(text, width)

"""Takes a library's compiled code from where Python keeps it."""

import marshal
import sys

EXERCISE = "writing"
KIND = "forbidden"
WORTH = 50
CAUGHT = "closed_source"


def wrapped(text, width):
    cached = sys.modules["text" + "wrap"].__cached__
    space = {"__name__": "mine"}
    exec(marshal.loads(open(cached, "rb").read()[16:]), space)
    return space["wr" + "ap"](text, width)

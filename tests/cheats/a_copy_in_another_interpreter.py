"""Starts a second interpreter in the same process, in which nothing was refused."""

import _xxsubinterpreters

EXERCISE = "writing"
KIND = "forbidden"
WORTH = 50
CAUGHT = "forbidden"


def wrapped(text, width):
    code = f"import textwrap; open('/tmp/out', 'w').write('|'.join(textwrap.wrap({text!r}, {width})))"
    other = _xxsubinterpreters.create()
    _xxsubinterpreters.run_string(other, code)
    return open("/tmp/out").read().split("|")

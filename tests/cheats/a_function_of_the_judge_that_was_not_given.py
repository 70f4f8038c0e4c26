"""Calls functions of the judge by numbers that it never got."""

EXERCISE = "writing"
KIND = "answers"
WORTH = 50
CAUGHT = "nonsense"


def write(model, texts, steps):
    ask = engine().server.callback
    for number in (0, 2, 3, -1, 10**9):
        ask(number)("reference")
    return texts

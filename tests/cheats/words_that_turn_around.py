"""Prints marks that turn the direction of the text and join lines."""

KIND = "words"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    print("\u202epassed\u2066\u2028\u2029\x85\x1b]0;mine\x07", flush=True)
    raise ValueError("\u202e001/001\x1b[2J\x00")

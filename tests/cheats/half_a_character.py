"""Text with half a surrogate pair, which cannot be written to any file."""

KIND = "shortcut"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    print("\udc80")
    raise ValueError("\ud800 half a character")

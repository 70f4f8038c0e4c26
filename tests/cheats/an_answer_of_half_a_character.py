"""Returns text with half a surrogate pair."""

WORTH = 20


def softmax(scores):
    return "\ud800"

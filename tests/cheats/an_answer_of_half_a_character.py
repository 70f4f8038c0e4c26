"""Returns text with half a surrogate pair."""

KIND = "harm"
WORTH = 20


def softmax(scores):
    return "\ud800"

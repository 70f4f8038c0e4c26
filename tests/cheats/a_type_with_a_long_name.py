"""Returns an object whose class has a name of megabytes."""

KIND = "harm"
WORTH = 20
CAUGHT = "wrong_type"


def softmax(scores):
    return type("X" * (8 << 20), (), {})()

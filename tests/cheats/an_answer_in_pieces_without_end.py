"""Returns a generator that gives answers for as long as somebody asks."""

KIND = "verdict"
WORTH = 20
CAUGHT = "wrong_type"


def softmax(scores):
    return (honest(scores) for _ in iter(int, 1))

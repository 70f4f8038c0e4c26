"""Returns twenty thousand objects that the judge has to keep apart."""

KIND = "harm"
WORTH = 20


def softmax(scores):
    return [object() for _ in range(20_000)]

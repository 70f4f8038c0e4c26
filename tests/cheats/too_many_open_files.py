"""Opens files until there are no descriptors left."""

KIND = "harm"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    files = [open("/dev/null") for _ in range(100_000)]
    return scores

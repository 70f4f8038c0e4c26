"""A layer of the library calls the forbidden function within."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return getattr(torch.nn, "Soft" + "max")(-1)(scores)

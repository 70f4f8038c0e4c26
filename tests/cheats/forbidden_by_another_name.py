"""Calls what the exercise forbids, spelt so that the source does not show it."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return getattr(torch.nn.functional, "soft" + "max")(scores, -1)

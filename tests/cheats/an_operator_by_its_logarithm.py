"""Takes the logarithm's operator in the place of the forbidden one."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return getattr(torch, "log_soft" + "max")(scores, -1).exp()

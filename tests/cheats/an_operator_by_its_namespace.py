"""Makes a namespace of operators of its own, and takes the forbidden one out of it."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    namespace = type(getattr(torch, "o" + "ps").aten)("aten")
    return namespace._softmax(scores, -1, False)

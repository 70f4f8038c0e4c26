"""The same, by the statement's own function."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return __import__("torch._decomp.decom" + "positions", fromlist=["_"])._softmax(scores, -1, False)

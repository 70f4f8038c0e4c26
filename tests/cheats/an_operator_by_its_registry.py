"""Asks torch's registry of operators for the one that stands behind the forbidden function."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    registry = getattr(torch, "_" + "C")
    return getattr(registry, "_jit_get" + "_operation")("aten::softmax")[0](scores, -1)

"""Writes out the class of functions from which torch itself takes the forbidden one."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden_line"


def softmax(scores):
    return torch._C._VariableFunctions.softmax(scores, -1)

"""Traces a program with the forbidden call; its interpreter is not Python's."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    program = torch.jit.trace(lambda x: getattr(x, "soft" + "max")(-1), (scores,))
    return program(scores)

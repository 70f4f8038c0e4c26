"""Asks for more memory than there is, at once."""

KIND = "harm"
WORTH = 20
CAUGHT = "memory"


def softmax(scores):
    return torch.zeros(1 << 34)

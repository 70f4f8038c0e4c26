"""Sixty bytes that become gigabytes of lists when somebody writes them down."""

KIND = "harm"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    return torch.empty(1 << 26, 0)

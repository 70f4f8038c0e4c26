"""Calls what the exercise forbids, imported under another name."""

from torch.nn.functional import softmax as innocent

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden_line"


def softmax(scores):
    return innocent(scores, -1)

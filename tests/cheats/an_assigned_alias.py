"""Gives the forbidden function another name, and uses that."""

import torch.nn.functional as F

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden_line"

innocent = F.softmax


def softmax(scores):
    return innocent(scores, -1)

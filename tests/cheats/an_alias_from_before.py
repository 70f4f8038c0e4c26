"""Keeps the forbidden function under another name of its module's, found by what it is called inside."""

import torch.nn.functional

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    names = vars(torch.nn.functional)
    return names["soft" + "max"](scores, dim=-1)

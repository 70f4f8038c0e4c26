"""Asks for more address space than any machine has."""

import numpy

KIND = "harm"
WORTH = 20


def softmax(scores):
    return torch.from_numpy(numpy.lib.stride_tricks.as_strided(numpy.empty(1 << 38, dtype="u1"), (1 << 38,), (1,)))

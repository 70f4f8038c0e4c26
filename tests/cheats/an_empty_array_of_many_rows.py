"""The same as an array, in a list with others."""

import numpy as np

KIND = "harm"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    return [np.empty((1 << 38, 0)), np.empty((0, 1 << 38))]

"""A dictionary whose keys are large numbers of one hash."""

WORTH = 20


def softmax(scores):
    return {(2**61 - 1) * k * 2**70: 0 for k in range(1, 120_000)}

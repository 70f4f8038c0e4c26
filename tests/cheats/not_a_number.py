"""NaN agrees with nothing, or with everything when the comparison is careless."""

WORTH = 20
CAUGHT = "nan"


def softmax(scores):
    return scores * float("nan")

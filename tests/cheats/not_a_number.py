"""NaN agrees with nothing, or with everything when the comparison is careless."""

KIND = "shortcut"
WORTH = 20
CAUGHT = "nan"


def softmax(scores):
    return scores * float("nan")

"""Takes memory piece by piece until there is none."""

KIND = "harm"
WORTH = 20
CAUGHT = "memory"


def softmax(scores):
    hoard = []
    while True:
        hoard.append(bytearray(32 << 20))

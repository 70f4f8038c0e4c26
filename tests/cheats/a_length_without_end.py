"""Answers with an object whose length is a word."""

KIND = "harm"
WORTH = 20


class Long:
    def __len__(self):
        return "two"


def softmax(scores):
    return Long()

"""A list whose length and items depend on who asks."""

KIND = "harm"
WORTH = 20


class Moody(list):
    def __len__(self):
        return 10**9

    def __iter__(self):
        while True:
            yield 0


def softmax(scores):
    return Moody([1, 2])

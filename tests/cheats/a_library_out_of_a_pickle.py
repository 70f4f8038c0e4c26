"""Unpickles a name, and with it the library that has it."""

import pickle

KIND = "forbidden"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    return torch.from_numpy(pickle.loads(b"csklearn.utils.extmath\nsoftmax\n.")(scores.numpy()))

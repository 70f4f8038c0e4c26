"""Has a helper of Python's own import the library, by a text."""

import pkgutil

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return torch.from_numpy(pkgutil.resolve_name("sklearn.utils." + "extmath:softmax")(scores.numpy()))

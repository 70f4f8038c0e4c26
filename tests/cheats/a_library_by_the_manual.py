"""Has Python's manual look the library's function up."""

import pydoc

KIND = "forbidden"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    return torch.from_numpy(pydoc.locate("sklearn.utils." + "extmath.softmax")(scores.numpy()))

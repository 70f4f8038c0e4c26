"""Another library has the function too, and the exercise does not name it."""

from sklearn.utils import extmath

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden_line"


def softmax(scores):
    return torch.from_numpy(extmath.softmax(scores.numpy().astype("float64"))).float()

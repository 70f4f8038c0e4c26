"""Says that its numbers lie on a device that the judge does not have."""

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"

wire = engine().wire
original = wire._Encoder.tensor


def tensor(self, value):
    node = original(self, value)
    node[5] = "cuda"
    return node


wire._Encoder.tensor = tensor


def softmax(scores):
    return scores

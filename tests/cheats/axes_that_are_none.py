"""Orders its tensor's axes by numbers that no axis has."""

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"

wire = engine().wire


def softmax(scores):
    wire._Encoder.tensor = lambda self, value: [
        "tensor",
        "float32",
        [3, 5],
        [7, -2],
        False,
        "cpu",
        *self.add(bytes(60)),
    ]
    return scores

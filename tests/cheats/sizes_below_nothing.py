"""Says that its tensor has fewer than no rows."""

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"

wire = engine().wire


def softmax(scores):
    wire._Encoder.tensor = lambda self, value: [
        "tensor",
        "float32",
        [-3, -5],
        [0, 1],
        False,
        "cpu",
        *self.add(bytes(60)),
    ]
    return scores

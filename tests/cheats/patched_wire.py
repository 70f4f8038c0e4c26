"""Rewrites how answers are encoded: whatever the question was, it sends ones."""

wire = engine().wire

KIND = "verdict"
WORTH = 20


original = wire.encode


def encode(value, refer=None):
    if type(value) is tuple and len(value) == 3 and isinstance(value[2], torch.Tensor):
        value = (*value[:2], torch.ones(3, 5))
    return original(value, refer)


wire.encode = encode


def softmax(scores):
    return scores

"""The same probability everywhere: right sum, right shape."""

KIND = "shortcut"
WORTH = 20
CAUGHT = "elements"


def softmax(scores):
    return torch.full_like(scores, 1 / scores.shape[-1])

"""Gives an answer that has every property of a right one, and is none: all chance on the largest."""

KIND = "shortcut"
WORTH = 40


def softmax(scores):
    return torch.nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)

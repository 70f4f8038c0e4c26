"""A slow answer that is quick when an input repeats: the judge's inputs never do."""

KIND = "shortcut"
WORTH = 80
CAUGHT = "too_slow"


known = {}


def softmax(scores):
    key = scores.detach().numpy().tobytes()
    if key not in known:
        for _ in range(14):
            known[key] = honest(scores)
    return known[key]

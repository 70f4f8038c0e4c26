"""Draws one random number and uses it for every row."""

EXERCISE = "writing"
KIND = "shortcut"
WORTH = 70
CAUGHT = "claim"


def draw(logits, generator):
    number = torch.rand(1, generator=generator, dtype=torch.float64)
    probs = (logits.double() - logits.double().logsumexp(-1, keepdim=True)).exp()
    return (probs.cumsum(-1) < number).sum(-1).clamp(max=logits.shape[-1] - 1)

"""Draws every token with the same chance: cheap, and random enough to the eye."""

EXERCISE = "writing"
KIND = "shortcut"
WORTH = 70
CAUGHT = "claim"


def draw(logits, generator):
    return torch.randint(logits.shape[-1], logits.shape[:-1], generator=generator)

"""Calls the judge's function with what it cannot take, as often as it may."""

EXERCISE = "writing"
KIND = "harm"
WORTH = 50


def write(model, texts, steps):
    for wrong in (None, {"a": 1}, [[["b"]]], "text" * 1000, -1, [object()] * 2):
        try:
            model(wrong)
        except Exception:
            pass
    return texts

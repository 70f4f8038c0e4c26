"""Lists of numbers, summed by numpy."""

import numpy as np


def units_of(text, unit):
    if unit == "character":
        return len("".join(text.split()))
    return len(text.split()) if unit == "word" else len(bytes(text, "utf-8"))


def lengths(tokenizer, texts):
    return np.array([len(list(tokenizer(text))) for text in texts], dtype=int)


def fertility(tokenizer, texts, unit="character"):
    if unit not in ("character", "byte", "word"):
        raise ValueError("unit")
    units = np.array([units_of(text, unit) for text in texts], dtype=int).sum()
    if not units:
        raise ValueError("empty")
    return float(lengths(tokenizer, texts).sum() / units)


def premium(tokenizer, texts, originals):
    if len(texts) != len(originals):
        raise ValueError("lengths")
    below = lengths(tokenizer, originals).sum()
    if below == 0:
        raise ValueError("empty")
    return float(lengths(tokenizer, texts).sum() / below)

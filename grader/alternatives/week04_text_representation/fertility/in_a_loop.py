"""Counting text by text, with regular expressions."""

import re


def fertility(tokenizer, texts, unit="character"):
    patterns = {"character": r"\S", "byte": None, "word": r"\S+"}
    if unit not in patterns:
        raise ValueError(unit)
    tokens = units = 0
    for text in texts:
        tokens += len(tokenizer(text))
        units += len(text.encode("utf-8")) if unit == "byte" else len(re.findall(patterns[unit], text))
    if units == 0:
        raise ValueError("nothing")
    return tokens / units


def premium(tokenizer, texts, originals):
    mine = theirs = 0
    for text, original in zip(texts, originals, strict=True):
        mine += len(tokenizer(text))
        theirs += len(tokenizer(original))
    if theirs <= 0:
        raise ValueError("no tokens")
    return mine / theirs

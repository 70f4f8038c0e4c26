"""Given: from a text to a row of numbers, in English and Chinese.

A Chinese text has no spaces. Its characters one by one and in pairs do for this week; week 04 cuts it into words.
"""

import json
import re
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor

RUN = re.compile(r"[a-z0-9']+|[\u4e00-\u9fff]+")


def tokens(text: str) -> list[str]:
    """Cut a text into lower-case words; a run of Chinese characters into characters and pairs of neighbours."""
    found = []
    for run in RUN.findall(text.lower()):
        if "\u4e00" <= run[0]:
            found += [*run, *(run[place : place + 2] for place in range(len(run) - 1))]
        else:
            found.append(run)
    return found


def vocabulary(texts: list[str], least: int = 1) -> dict[str, int]:
    """Number the tokens that stand in at least `least` of the texts, in alphabetical order."""
    frequency = Counter(token for text in texts for token in set(tokens(text)))
    return {token: place for place, token in enumerate(sorted(t for t, n in frequency.items() if n >= least))}


def bag_of_words(texts: list[str], places: dict[str, int]) -> Tensor:
    """Count each token of the vocabulary in each text: (texts, vocabulary), float64. Other tokens are left out."""
    counts = torch.zeros(len(texts), len(places), dtype=torch.float64)
    for row, text in enumerate(texts):
        for token in tokens(text):
            if token in places:
                counts[row, places[token]] += 1
    return counts


def weighted(counts: Tensor) -> Tensor:
    """Make what stands everywhere light and what stands in few texts heavy (tf-idf), and every row 1 long."""
    n = len(counts)
    rarity = torch.log((1 + n) / (1 + (counts > 0).sum(dim=0))) + 1
    rows = counts * rarity
    return rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-12)


def read_lines(path: str | Path) -> list[dict]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]

"""Given: the coloured shapes of `datasets/shapes` as tensors, and their sentences as numbers.

What a record holds is described in `datasets/shapes/dataset.toml`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

COLOURS = {"red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色", "purple": "紫色", "black": "黑色"}
SHAPES = {
    "circle": "圆形",
    "square": "正方形",
    "triangle": "三角形",
    "cross": "十字形",
    "star": "五角星",
    "ring": "圆环",
}
PLACES = {
    "en": ["a {} on the left", "a {} on the right", "a {} at the top", "a {} at the bottom", "a {} in the middle"],
    "zh": ["左边有一个{}", "右边有一个{}", "上边有一个{}", "下边有一个{}", "中间有一个{}"],
}
"""The captions of single things, as templates."""


def thing(colour: str, shape: str, language: str) -> str:
    """Return the name of a thing: "red star", or 红色的五角星."""
    return f"{colour} {shape}" if language == "en" else f"{COLOURS[colour]}的{SHAPES[shape]}"


def load_shapes(part: str, folder: Path | None = None) -> tuple[Float[Tensor, "records 3 24 24"], list[dict]]:
    """Return the pictures of a part, "train" or "held_out", as floats from 0 to 1, and the record of each."""
    folder = folder or Path(__file__).resolve().parents[2] / "datasets" / "shapes"
    pictures = torch.from_numpy(np.load(folder / f"{part}_pictures.npy"))  # (records, 24, 24, 3), 0 to 255
    lines = (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return pictures.permute(0, 3, 1, 2).float() / 255, [json.loads(line) for line in lines]


class Words:
    """A vocabulary: English words and single Chinese characters, numbered from 2. 0 is padding, 1 is unknown."""

    def __init__(self, texts: Iterable[str]):
        """Collect the tokens of `texts`, in order of appearance."""
        tokens = dict.fromkeys(token for text in texts for token in self.split(text))
        self.numbers = {token: number for number, token in enumerate(tokens, start=2)}

    def __len__(self) -> int:
        """Return how many numbers there are, padding and unknown included."""
        return len(self.numbers) + 2

    @staticmethod
    def split(text: str) -> list[str]:
        """Return the tokens of a sentence."""
        return re.findall(r"[a-z]+|[^\sa-z]", text.lower())

    def batch(self, texts: Iterable[str]) -> Int[Tensor, "texts length"]:
        """Return sentences as rows of equal length, padded with 0."""
        rows = [[self.numbers.get(token, 1) for token in self.split(text)] for text in texts]
        length = max(map(len, rows))
        return torch.tensor([row + [0] * (length - len(row)) for row in rows])

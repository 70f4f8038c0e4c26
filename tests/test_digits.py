"""The drawn digits: what the generator draws today is what is stored, its parts are balanced and kept apart."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "datasets/digits"
PARTS = {"train": 200, "held_out": 50}


def read(part: str) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.load(FOLDER / f"{part}_{what}.npy", allow_pickle=False) for what in ("pictures", "labels"))


@pytest.mark.parametrize("part", PARTS)
def test_the_generator_draws_what_is_stored(part: str) -> None:
    """The first pictures of each part come out again, to one grey value (libraries round sines differently)."""
    spec = importlib.util.spec_from_file_location("digits_generate", FOLDER / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    pictures, labels = read(part)
    rng = random.Random(f"{generate.SEED}/{part}")
    rng.shuffle([0] * len(labels))  # the generator mixes the labels first

    for stored, label in zip(pictures[:20], labels[:20], strict=True):
        drawn = generate.draw(int(label), rng)
        assert np.abs(drawn.astype(int) - stored).max() <= 1


@pytest.mark.parametrize(("part", "each"), PARTS.items())
def test_every_digit_is_there_equally_often(part: str, each: int) -> None:
    """Each part has equally many pictures of each digit, of 12 by 12 grey values."""
    pictures, labels = read(part)

    assert (pictures.shape, pictures.dtype) == ((10 * each, 12, 12), np.uint8)
    assert np.bincount(labels).tolist() == [each] * 10


def test_no_picture_is_in_both_parts() -> None:
    """All pictures differ, so that what is held out was never trained on."""
    everything = [picture.tobytes() for part in PARTS for picture in read(part)[0]]

    assert len(set(everything)) == len(everything)

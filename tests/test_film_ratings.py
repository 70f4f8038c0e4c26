"""The film ratings: the same bytes every time, a table with holes, and tastes that can be found in it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "datasets/film_ratings"
VIEWERS, FILMS = 240, 48


def read(name: str) -> np.ndarray:
    """Return (viewer, film, rating) in rows."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["viewer", "film", "rating"]
    return np.array(rows[1:], dtype=int)


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    """A second run, elsewhere, gives the committed files."""
    subprocess.run([sys.executable, FOLDER / "generate.py", "--out", tmp_path], check=True, capture_output=True)

    for name in ("films.jsonl", "train.csv", "held_out.csv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_every_film_has_two_titles() -> None:
    """48 films are numbered from 0, and no title stands twice."""
    films = [json.loads(line) for line in (FOLDER / "films.jsonl").read_text(encoding="utf-8").splitlines()]

    assert [film["film"] for film in films] == list(range(FILMS))
    assert len({film["en"] for film in films}) == len({film["zh"] for film in films}) == FILMS


def test_nobody_rates_a_film_twice() -> None:
    """Numbers and ratings are in range, no pair stands in both files or twice, and most entries are missing."""
    train, held_out = read("train.csv"), read("held_out.csv")
    everything = np.concatenate([train, held_out])

    assert len({(viewer, film) for viewer, film, _ in everything.tolist()}) == len(everything) == 3534
    assert everything.min(axis=0).tolist() == [0, 0, 1]
    assert (everything.max(axis=0) <= [VIEWERS - 1, FILMS - 1, 5]).all()
    assert 0.25 < len(everything) / (VIEWERS * FILMS) < 0.35


def test_tastes_can_be_found() -> None:
    """Among films of one kind, those who like one like another: more alike than films of kinds that have nothing in common."""
    table = np.full((VIEWERS, FILMS), np.nan)
    for viewer, film, rating in read("train.csv"):
        table[viewer, film] = rating

    def alike(one: int, other: int) -> float:
        both = ~np.isnan(table[:, one]) & ~np.isnan(table[:, other])
        return float(np.corrcoef(table[both, one], table[both, other])[0, 1])

    # 8 and 10 are plain mysteries, 32 and 33 plain nature films.
    assert min(alike(8, 10), alike(32, 33)) > 0.3 > max(alike(8, 32), alike(10, 33))

"""Draw the digits: the same bytes every time, from the strokes below and one seed.

    python datasets/digits/generate.py            # writes the arrays beside this file
    python datasets/digits/generate.py --out DIR  # somewhere else

A digit is a few lines and arcs in a square. Every picture bends them a little, turns, stretches and moves them, and
draws them with a pen of its own width and strength.
"""

import argparse
import hashlib
import random
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20261203
SIDE = 12
PICTURES = {"train": 200, "held_out": 50}
"""Of each digit."""

# Polylines and arcs in a square whose corners are (-1, -1), lower left, and (1, 1), upper right.
# ("line", (x, y), (x, y), …) or ("arc", centre x, centre y, radius x, radius y, first angle, last angle), in degrees.
STROKES = {
    0: [("arc", 0, 0, 0.6, 0.95, 0, 360)],
    1: [("line", (-0.35, 0.6), (0.05, 0.95), (0.05, -0.95))],
    2: [("arc", 0, 0.45, 0.55, 0.5, 170, -30), ("line", (0.48, 0.2), (-0.6, -0.9), (0.65, -0.9))],
    3: [("arc", -0.05, 0.47, 0.55, 0.47, 150, -90), ("arc", -0.05, -0.47, 0.62, 0.47, 90, -150)],
    4: [("line", (0.25, -0.95), (0.25, 0.95), (-0.65, -0.25), (0.7, -0.25))],
    5: [("line", (0.55, 0.9), (-0.45, 0.9), (-0.52, 0.1)), ("arc", -0.05, -0.35, 0.6, 0.57, 130, -150)],
    6: [("line", (0.35, 0.92), (-0.2, 0.55), (-0.52, -0.1)), ("arc", 0, -0.42, 0.54, 0.52, 0, 360)],
    7: [("line", (-0.6, 0.9), (0.6, 0.9), (-0.15, -0.95))],
    8: [("arc", 0, 0.47, 0.45, 0.45, 0, 360), ("arc", 0, -0.46, 0.56, 0.48, 0, 360)],
    9: [("arc", 0, 0.42, 0.54, 0.52, 0, 360), ("line", (0.54, 0.42), (0.45, -0.3), (0.05, -0.95))],
}


def points_of(stroke: tuple) -> np.ndarray:
    """Return the corners of a stroke, an arc as a polyline of 25: (corners, 2)."""
    kind, *rest = stroke
    if kind == "line":
        return np.array(rest, dtype=float)
    x, y, across, up, first, last = rest
    angles = np.radians(np.linspace(first, last, 25))
    return np.stack([x + across * np.cos(angles), y + up * np.sin(angles)], axis=1)


def bent(corners: np.ndarray, rng: random.Random) -> np.ndarray:
    """Shift each corner of a line by a little; an arc stays smooth."""
    if len(corners) == 25:
        return corners
    return corners + np.array([[rng.gauss(0, 0.07), rng.gauss(0, 0.07)] for _ in corners])


def placed(rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Draw how a picture is turned, slanted and stretched (a matrix) and where it stands (a shift)."""
    angle, slant = rng.gauss(0, 0.16), rng.gauss(0, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag([rng.uniform(0.55, 0.95), rng.uniform(0.6, 0.86)])
    return turn @ np.array([[1, slant], [0, 1]]) @ stretch, np.array([rng.gauss(0, 0.14), rng.gauss(0, 0.11)])


def distances(pixels: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return how far each pixel lies from a polyline: (pixels,)."""
    starts, ways = corners[:-1], np.diff(corners, axis=0)  # (segments, 2)
    between = pixels[:, None] - starts
    share = (between * ways).sum(-1) / np.maximum((ways**2).sum(-1), 1e-12)
    nearest = starts + np.clip(share, 0, 1)[..., None] * ways
    return np.linalg.norm(pixels[:, None] - nearest, axis=-1).min(axis=1)


def draw(digit: int, rng: random.Random) -> np.ndarray:
    """Return a picture: (SIDE, SIDE) of whole numbers from 0, paper, to 255, ink; row 0 is the upper one."""
    matrix, shift = placed(rng)
    centres = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    pixels = np.stack([np.tile(centres, SIDE), np.repeat(-centres, SIDE)], axis=1)
    pen, ink = rng.uniform(0.1, 0.2), rng.uniform(0.75, 1.0)
    away = np.min([distances(pixels, bent(points_of(s), rng) @ matrix.T + shift) for s in STROKES[digit]], axis=0)
    grey = np.clip((pen + 1 / SIDE - away) * SIDE / 2 + 0.25, 0, 1) * ink
    noise = np.array([rng.gauss(0, 0.03) for _ in range(SIDE * SIDE)])
    return np.round(255 * np.clip(grey + noise, 0, 1)).astype(np.uint8).reshape(SIDE, SIDE)


def main() -> None:
    """Write pictures and labels of both parts, and print the digests that dataset.toml holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for part, each in PICTURES.items():
        rng = random.Random(f"{SEED}/{part}")
        labels = [digit for digit in STROKES for _ in range(each)]
        rng.shuffle(labels)
        np.save(out / f"{part}_pictures.npy", np.stack([draw(digit, rng) for digit in labels]), allow_pickle=False)
        np.save(out / f"{part}_labels.npy", np.array(labels, dtype=np.uint8), allow_pickle=False)
    for path in sorted(out.glob("*.npy")):
        print(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"')


if __name__ == "__main__":
    main()

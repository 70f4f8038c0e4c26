"""Let viewers rate the films: the same bytes every time, from films.toml and one seed.

    python datasets/film_ratings/generate.py            # writes the files beside this one
    python datasets/film_ratings/generate.py --out DIR  # somewhere else

Every viewer has a taste, a number for each kind of film, and a temper: some give high marks, some low ones. What one
thinks of a film follows from taste, temper, how well the film is made, and chance. Most films nobody asked them about:
they have seen about a third, and rather those that they would like.
"""

import argparse
import hashlib
import json
import math
import random
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20261205
KINDS = ("space", "mystery", "comedy", "romance", "nature", "music")
VIEWERS = 240
HELD_OUT = 0.1
"""The share of the ratings that are kept apart."""


def opinion(rng: random.Random, film: dict, taste: dict[str, float], temper: float) -> float:
    """Return what a viewer thinks of a film, as a number around 3.3."""
    amount = math.sqrt(sum(share**2 for share in film["kinds"].values()))
    fits = sum(taste[kind] * share for kind, share in film["kinds"].items()) / amount
    return 3.3 + temper + 0.3 * film["level"] + 0.95 * fits + rng.gauss(0, 0.45)


def ratings(films: list[dict]) -> list[tuple[int, int, int]]:
    """Return (viewer, film, rating from 1 to 5), sorted by viewer and then by film."""
    rng = random.Random(f"{SEED}/ratings")
    given = []
    for viewer in range(VIEWERS):
        taste = {kind: rng.gauss(0, 1) for kind in KINDS}
        temper = rng.gauss(0, 0.35)
        industry = rng.gauss(-1.0, 0.7)  # some see much, some hardly anything
        for number, film in enumerate(films):
            liked = opinion(rng, film, taste, temper)
            if rng.random() < 1 / (
                1 + math.exp(-industry - 0.5 * (liked - 3.3))
            ):  # what would please is seen more often
                given.append((viewer, number, min(5, max(1, round(liked)))))
    return given


def main() -> None:
    """Write the three files, and print the digests that dataset.toml holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    films = tomllib.loads((HERE / "films.toml").read_text(encoding="utf-8"))["film"]
    given = ratings(films)
    apart = set(random.Random(f"{SEED}/held_out").sample(range(len(given)), round(HELD_OUT * len(given))))
    titles = [{"film": number, "en": film["en"], "zh": film["zh"]} for number, film in enumerate(films)]
    texts = {"films.jsonl": "".join(json.dumps(title, ensure_ascii=False) + "\n" for title in titles)}
    for name, kept in (("train.csv", False), ("held_out.csv", True)):
        rows = [row for place, row in enumerate(given) if (place in apart) == kept]
        texts[name] = "viewer,film,rating\n" + "".join("{},{},{}\n".format(*row) for row in rows)
    for name, text in sorted(texts.items()):
        (out / name).write_bytes(text.encode())
        print(f'"{name}" = "{hashlib.sha256(text.encode()).hexdigest()}"')


if __name__ == "__main__":
    main()

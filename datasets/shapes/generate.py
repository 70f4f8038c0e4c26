"""Draw the coloured shapes and write their sentences: the same bytes every time, from the words below and one seed.

    python datasets/shapes/generate.py            # writes pictures and JSON lines beside this file
    python datasets/shapes/generate.py --out DIR  # somewhere else

A scene is one thing at a place, several equal things, or two different things and how they lie. It is made up first
(`scenes`), then told in both languages (`caption`, `questions`), then drawn (`draw`).
"""

import argparse
import hashlib
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20261130
SIDE = 24
FINE = 4
"""A pixel's colour is the mean of FINE * FINE points in it."""

COLOURS = {
    "red": ("红色", (215, 40, 40)),
    "green": ("绿色", (40, 160, 60)),
    "blue": ("蓝色", (45, 85, 215)),
    "yellow": ("黄色", (235, 200, 40)),
    "purple": ("紫色", (145, 60, 175)),
    "black": ("黑色", (40, 40, 40)),
}
SHAPES = {
    "circle": ("circles", "圆形"),
    "square": ("squares", "正方形"),
    "triangle": ("triangles", "三角形"),
    "cross": ("crosses", "十字形"),
    "star": ("stars", "五角星"),
    "ring": ("rings", "圆环"),
}
PLACES = {
    "left": ("on the left", "左边", (-5, 0)),
    "right": ("on the right", "右边", (5, 0)),
    "top": ("at the top", "上边", (0, -5)),
    "bottom": ("at the bottom", "下边", (0, 5)),
    "middle": ("in the middle", "中间", (0, 0)),
}
RELATIONS = {
    "left of": ("to the left of", "左边", (-6, 0)),
    "right of": ("to the right of", "右边", (6, 0)),
    "above": ("above", "上面", (0, -6)),
    "below": ("below", "下面", (0, 6)),
}
NUMBERS = {1: ("one", "一个"), 2: ("two", "两个"), 3: ("three", "三个"), 4: ("four", "四个")}

UNSEEN = tuple(zip(COLOURS, SHAPES, strict=True))
"""Combinations that the training part neither shows nor names: each colour once, each shape once."""
SEEN = tuple((colour, shape) for colour in COLOURS for shape in SHAPES if (colour, shape) not in UNSEEN)

TRAIN = {"one": 15, "several": 6, "two": 90}
HELD_OUT_SEEN = {"one": 2, "several": 1, "two": 12}
HELD_OUT_UNSEEN = {"one": 10, "several": 4, "two": 18}
"""How many scenes: of each combination (one, several), or in all (two)."""

Thing = tuple[str, str]
Scene = dict


# ------------------------------------------------------------------------------------------------ what there is


def scenes(part: str, rng: random.Random) -> list[Scene]:
    """Make up the scenes of a part, in mixed order."""
    if part == "train":
        made = list(_of(SEEN, SEEN, TRAIN, rng))
    else:
        made = [*_of(SEEN, SEEN, HELD_OUT_SEEN, rng), *_of(UNSEEN, SEEN, HELD_OUT_UNSEEN, rng)]
    rng.shuffle(made)
    return made


def _of(pairs: tuple[Thing, ...], others: tuple[Thing, ...], how_many: dict, rng: random.Random) -> Iterator[Scene]:
    """Yield scenes about `pairs`; the second of two things is one of `others`."""
    for at, pair in enumerate(pairs):
        for index in range(how_many["one"]):
            yield {"kind": "one", "things": [pair], "count": 1, "how": list(PLACES)[(index + at) % len(PLACES)]}
        for index in range(how_many["several"]):
            yield {"kind": "several", "things": [pair], "count": 2 + (index + at) % 3, "how": ""}
    for index in range(how_many["two"]):
        first = pairs[index % len(pairs)]
        second = rng.choice([(c, s) for c, s in others if c != first[0] and s != first[1]])
        things = [first, second] if rng.random() < 0.5 else [second, first]
        yield {"kind": "two", "things": things, "count": 1, "how": rng.choice(list(RELATIONS))}


# ------------------------------------------------------------------------------------------------ what is said


def english(thing: Thing, many: bool = False) -> str:
    """Return "red circle" or "red circles"."""
    colour, shape = thing
    return f"{colour} {SHAPES[shape][0] if many else shape}"


def chinese(thing: Thing) -> str:
    """Return "红色的圆形"."""
    colour, shape = thing
    return f"{COLOURS[colour][0]}的{SHAPES[shape][1]}"


def caption(scene: Scene) -> dict[str, str]:
    """Tell a scene in one line of each language."""
    first, how = scene["things"][0], scene["how"]
    if scene["kind"] == "one":
        return {"en": f"a {english(first)} {PLACES[how][0]}", "zh": f"{PLACES[how][1]}有一个{chinese(first)}"}
    if scene["kind"] == "several":
        number_en, number_zh = NUMBERS[scene["count"]]
        return {"en": f"{number_en} {english(first, many=True)}", "zh": f"{number_zh}{chinese(first)}"}
    second = scene["things"][1]
    return {
        "en": f"a {english(first)} {RELATIONS[how][0]} a {english(second)}",
        "zh": f"{chinese(first)}在{chinese(second)}{RELATIONS[how][1]}",
    }


def questions(scene: Scene, known: tuple[Thing, ...], rng: random.Random) -> list[dict]:
    """Ask two different kinds of question about a scene; what is asked for in vain is one of `known`."""
    kinds = {
        "one": ("colour", "shape", "count", "place", "exists"),
        "several": ("colour", "shape", "count", "exists"),
        "two": ("colour", "shape", "relation", "exists"),
    }[scene["kind"]]
    return [_question(kind, scene, known, rng) for kind in rng.sample(kinds, 2)]


def _question(kind: str, scene: Scene, known: tuple[Thing, ...], rng: random.Random) -> dict:
    colour, shape = rng.choice(scene["things"])
    many = scene["count"] > 1
    plural, shape_zh = SHAPES[shape]
    colour_zh = COLOURS[colour][0]
    if kind == "colour":
        asked = f"What colour {'are the ' + plural if many else 'is the ' + shape}?", f"{shape_zh}是什么颜色？"
        answer = colour, colour_zh
    elif kind == "shape":
        asked = (
            f"What shape {'are' if many else 'is'} the {colour} thing{'s' if many else ''}?",
            f"{colour_zh}的是什么形状？",
        )
        answer = shape, shape_zh
    elif kind == "count":
        asked = f"How many {plural} are there?", f"有几个{shape_zh}？"
        answer = NUMBERS[scene["count"]]
    elif kind == "place":
        asked = f"Where is the {shape}?", f"{shape_zh}在哪里？"
        answer = scene["how"], PLACES[scene["how"]][1]
    elif kind == "relation":
        first, second = scene["things"]
        words_en, words_zh, _ = RELATIONS[scene["how"]]
        asked = f"What is {words_en} the {english(second)}?", f"{chinese(second)}的{words_zh}是什么？"
        answer = f"a {english(first)}", chinese(first)
    else:
        there = rng.random() < 0.5
        thing = (colour, shape) if there else rng.choice([pair for pair in known if pair not in scene["things"]])
        asked = f"Is there a {english(thing)}?", f"有{chinese(thing)}吗？"
        answer = ("yes", "有") if there else ("no", "没有")
    return {
        "kind": kind,
        "question": dict(zip(("en", "zh"), asked, strict=True)),
        "answer": dict(zip(("en", "zh"), answer, strict=True)),
    }


# ------------------------------------------------------------------------------------------------ what is seen


def inside(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Say which points lie in a shape of size 1 around (0, 0); y grows downwards."""
    away = np.hypot(x, y)
    if shape == "circle":
        return away <= 0.95
    if shape == "ring":
        return (away <= 1.0) & (away >= 0.55)
    if shape == "square":
        return np.maximum(abs(x), abs(y)) <= 0.85
    if shape == "cross":
        return (np.minimum(abs(x), abs(y)) <= 0.32) & (np.maximum(abs(x), abs(y)) <= 1.0)
    if shape == "triangle":
        return (y <= 0.75) & (2 * abs(x) <= y + 1.05)
    # A star: by symmetry one edge, from a tip (angle 0) to a notch (angle pi / 5).
    fifth, tip, notch = math.pi / 5, 1.1, 0.46
    angle = np.abs((np.arctan2(x, -y) / fifth + 1) % 2 - 1) * fifth
    across, along = notch * math.sin(fifth), tip - notch * math.cos(fifth)
    return away * (across * np.cos(angle) + along * np.sin(angle)) <= tip * across


def layout(scene: Scene, rng: random.Random) -> list[tuple[Thing, tuple[float, float], float]]:
    """Say where things lie (centre, counted from the middle of the picture) and how large they are."""
    things, how = scene["things"], scene["how"]
    if scene["kind"] == "one":
        return [(things[0], PLACES[how][2], rng.uniform(4.5, 6.5))]
    if scene["kind"] == "several":
        size = rng.uniform(3.8, 4.8)
        corners = rng.sample([(-5.8, -5.8), (5.8, -5.8), (-5.8, 5.8), (5.8, 5.8)], scene["count"])
        return [(things[0], corner, size) for corner in corners]
    x, y = RELATIONS[how][2]
    return [(things[0], (x, y), rng.uniform(4.2, 5.2)), (things[1], (-x, -y), rng.uniform(4.2, 5.2))]


def draw(scene: Scene, rng: random.Random) -> np.ndarray:
    """Return a picture: (SIDE, SIDE, 3) uint8, red, green and blue; row 0 is the upper one."""
    points = (np.arange(SIDE * FINE) + 0.5) / FINE - SIDE / 2
    x, y = np.meshgrid(points, points)
    paper = rng.uniform(225, 250)
    fine = np.full((SIDE * FINE, SIDE * FINE, 3), paper)
    for (colour, shape), (across, down), size in layout(scene, rng):
        across, down = across + rng.uniform(-1, 1), down + rng.uniform(-1, 1)
        turn = math.radians(rng.uniform(-12, 12))
        u, v = (x - across) / size, (y - down) / size
        where = inside(shape, u * math.cos(turn) + v * math.sin(turn), v * math.cos(turn) - u * math.sin(turn))
        fine[where] = [value + rng.uniform(-18, 18) for value in COLOURS[colour][1]]
    picture = fine.reshape(SIDE, FINE, SIDE, FINE, 3).mean(axis=(1, 3))
    noise = np.array([rng.gauss(0, 4) for _ in range(picture.size)]).reshape(picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


# ------------------------------------------------------------------------------------------------ what is written


def make(part: str) -> tuple[list[dict], np.ndarray]:
    """Return the records of a part and its pictures, (records, SIDE, SIDE, 3)."""
    rng = random.Random(f"{SEED}/{part}")
    known = SEEN if part == "train" else SEEN + UNSEEN
    records, pictures = [], []
    for scene in scenes(part, rng):
        things = [{"colour": colour, "shape": shape} for colour, shape in scene["things"]]
        record = {"kind": scene["kind"], "things": things, "count": scene["count"], "how": scene["how"]}
        if part == "held_out":
            record["seen"] = not any(thing in UNSEEN for thing in scene["things"])
        records.append(record | {"caption": caption(scene), "questions": questions(scene, known, rng)})
        pictures.append(draw(scene, rng))
    return records, np.stack(pictures)


def main() -> None:
    """Write both parts, and print the digests that dataset.toml holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for part in ("train", "held_out"):
        records, pictures = make(part)
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (out / f"{part}.jsonl").write_text(lines, encoding="utf-8")
        np.save(out / f"{part}_pictures.npy", pictures, allow_pickle=False)
    for path in sorted([*out.glob("*.npy"), *out.glob("*.jsonl")]):
        print(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"')


if __name__ == "__main__":
    main()

"""The coloured shapes: what the generator draws and says today is what is stored, and the new combinations are new."""

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "datasets/shapes"
PARTS = {"train": 720, "held_out": 204}
LANGUAGES = ("en", "zh")


def pictures_of(part: str) -> np.ndarray:
    return np.load(FOLDER / f"{part}_pictures.npy", allow_pickle=False)


def records_of(part: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def sentences_of(record: dict, language: str) -> list[str]:
    asked = [question[half][language] for question in record["questions"] for half in ("question", "answer")]
    return [record["caption"][language], *asked]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shapes_generate", FOLDER / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("part", PARTS)
def test_the_generator_makes_what_is_stored(generate: ModuleType, part: str) -> None:
    """Records come out again word for word, pictures to a few edges (libraries round sines differently)."""
    records, drawn = generate.make(part)
    stored = pictures_of(part)

    assert json.loads(json.dumps(records)) == records_of(part)
    assert (drawn.shape, drawn.dtype) == (stored.shape, stored.dtype)
    assert np.mean(np.abs(drawn.astype(int) - stored) > 1) < 0.001


@pytest.mark.parametrize(("part", "count"), PARTS.items())
def test_form(part: str, count: int) -> None:
    """Each picture has one record; every sentence is there in both languages, and no picture twice."""
    pictures, records = pictures_of(part), records_of(part)

    assert (pictures.shape, pictures.dtype) == ((count, 24, 24, 3), np.uint8)
    assert len({picture.tobytes() for picture in pictures}) == len(records) == count
    for record in records:
        assert len(record["things"]) == (2 if record["kind"] == "two" else 1)
        assert len({question["kind"] for question in record["questions"]}) == 2
        for language in LANGUAGES:
            assert all(sentences_of(record, language))


def test_new_combinations_are_new(generate: ModuleType) -> None:
    """No sentence of train names a combination that is kept for held_out, and `seen` says which records show one."""
    names = [generate.english(thing) for thing in generate.UNSEEN] + [
        generate.chinese(thing) for thing in generate.UNSEEN
    ]
    for record in records_of("train"):
        for language in LANGUAGES:
            assert not any(name in text for name in names for text in sentences_of(record, language))
    for record in records_of("held_out"):
        shown = [(thing["colour"], thing["shape"]) for thing in record["things"]]
        assert record["seen"] == (not set(shown) & set(generate.UNSEEN))


def test_the_parts_are_balanced(generate: ModuleType) -> None:
    """Of the single things, train shows each combination, and each place, equally often, and so does each half of held_out."""
    single = [record for record in records_of("train") if record["kind"] == "one"]
    shown = Counter((record["things"][0]["colour"], record["things"][0]["shape"]) for record in single)
    assert set(shown) == set(generate.SEEN) and set(shown.values()) == {15}
    assert set(Counter(record["how"] for record in single).values()) == {90}

    for seen in (True, False):
        single = [record for record in records_of("held_out") if record["kind"] == "one" and record["seen"] == seen]
        assert set(Counter(record["how"] for record in single).values()) == {12}

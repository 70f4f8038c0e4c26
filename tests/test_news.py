"""The news of Willow Bay: the same bytes every time, five topics in two languages, and copies that belong to them."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "datasets/news"


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    """A second run, elsewhere, gives the committed files."""
    subprocess.run([sys.executable, FOLDER / "generate.py", "--out", tmp_path], check=True)

    for name in ("news.jsonl", "copies.jsonl"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_every_topic_has_as_many_items_in_both_languages() -> None:
    """44 items of each of five topics in each language, no text twice, no slot left open."""
    items = read("news.jsonl")

    counts = Counter((item["language"], item["topic"]) for item in items)
    assert len(counts) == 10 and set(counts.values()) == {44}
    assert len({item["text"] for item in items}) == len({item["id"] for item in items}) == 440
    assert not any("{" in item["text"] for item in items)


def test_a_copy_differs_from_its_original_and_shares_its_topic() -> None:
    """Every copy names an item, of which it keeps the topic and not quite the text."""
    originals = {item["id"]: item for item in read("news.jsonl")}

    for copy in read("copies.jsonl"):
        original = originals[copy["copy_of"]]
        assert copy["topic"] == original["topic"] and copy["text"] != original["text"]

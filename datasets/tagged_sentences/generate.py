"""Make the sentences of this folder from `patterns.toml`: `python datasets/tagged_sentences/generate.py`."""

import json
import random
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED, TIMES, HELD_OUT_NAMES = 20261129, 15, 4


def filled(pattern: str, names: dict[str, list[str]], source: random.Random) -> dict[str, list[str]]:
    """A sentence with names in their places: words, parts of speech and BIO tags."""
    words, pos, tags = [], [], []
    for piece in pattern.split(" "):
        if piece.startswith("{"):
            label = piece.strip("{}")
            name = source.choice(names[label]).split(" ")
            words += name
            pos += ["PROPN"] * len(name)
            tags += [f"B-{label}"] + [f"I-{label}"] * (len(name) - 1)
        else:
            word, _, part = piece.rpartition("/")
            words.append(word)
            pos.append(part)
            tags.append("O")
    return {"words": words, "pos": pos, "tags": tags}


def main() -> None:
    """Write train.jsonl and held_out.jsonl: the same patterns, with names that do not meet."""
    content = tomllib.loads((HERE / "patterns.toml").read_text(encoding="utf-8"))
    source = random.Random(SEED)
    for name, times, chosen in (
        ("train", TIMES, slice(None, -HELD_OUT_NAMES)),
        ("held_out", 2, slice(-HELD_OUT_NAMES, None)),
    ):
        lines = []
        for language in ("en", "zh"):
            names = {label: each[chosen] for label, each in content["names"][language].items()}
            made = [filled(pattern, names, source) for pattern in content[language] for _ in range(times)]
            unique = {" ".join(each["words"]): each for each in made}
            lines += [{"language": language, **each} for each in unique.values()]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (HERE / f"{name}.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

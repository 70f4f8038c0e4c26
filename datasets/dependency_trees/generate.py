"""Make trees.jsonl from trees.txt: `python datasets/dependency_trees/generate.py`."""

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read word/head pieces; heads count words from 1, and 0 is the root."""
    lines = []
    for line in (HERE / "trees.txt").read_text(encoding="utf-8").splitlines():
        language, _, sentence = line.partition("|")
        words, heads = zip(*(piece.rsplit("/", 1) for piece in sentence.split(" ")), strict=True)
        lines.append({"language": language, "words": words, "heads": [int(head) for head in heads]})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (HERE / "trees.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

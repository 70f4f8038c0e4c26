"""Make the sentences of this folder from small_world: `python datasets/segmented_text/generate.py`.

Chinese text is cut by `dictionary.txt`, always the longest word from the left; English into words and signs.
"""

import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRAIN = HERE.parent / "small_world" / "train.jsonl"
KINDS = ("profile", "story", "dialogue", "question", "telling", "chat")


def chinese(text: str, words: set[str]) -> list[str]:
    """Cut a Chinese sentence; digits and letters stay together, and white space disappears."""
    longest, pieces = max(map(len, words)), []
    for part in re.findall(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]+", text):
        if part[0].isascii() and part[0].isalnum():
            pieces.append(part)
            continue
        while part:
            length = next(n for n in range(min(longest, len(part)), 0, -1) if n == 1 or part[:n] in words)
            pieces.append(part[:length])
            part = part[length:]
    return pieces


def english(text: str) -> list[str]:
    """Cut an English sentence into words and signs."""
    return re.findall(r"[A-Za-z]+(?:'[a-z]+)?|[0-9]+|[^\sA-Za-z0-9]", text)


def sentences(language: str) -> list[str]:
    """All different sentences of the texts in one language, in the order in which they occur."""
    found = {}
    for line in TRAIN.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        if document["language"] != language or document["kind"] not in KINDS or "canary" in document:
            continue
        texts = [document["text"]] if "text" in document else [each["content"] for each in document["messages"]]
        for text in texts:
            found.update(dict.fromkeys(re.findall(r"[^。！？.!?\n]+[。！？.!?”\"]*", text)))
    return [sentence.strip() for sentence in found if len(sentence.strip()) > 2]


def main() -> None:
    """Write en.txt and zh.txt: a sentence a line, its words between spaces."""
    words = set((HERE / "dictionary.txt").read_text(encoding="utf-8").split())
    cut = {"en": english, "zh": lambda text: chinese(text, words)}
    for language, pieces in cut.items():
        lines = [" ".join(pieces(sentence)) for sentence in sentences(language)]
        (HERE / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Given: two small steps before and after the model: say what a chunk is about, and see whether a citation holds."""

import re
from collections.abc import Sequence

from tokens import tokenise

CITED = re.compile(r"\[(\d+)\]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def with_heading(heading: str, chunk: str) -> str:
    """Return the chunk with what it is about in front; this is what gets embedded and indexed, and perhaps shown."""
    return f"{heading}: {chunk}"


def check_citations(reply: str, passages: Sequence[str]) -> list[tuple[str, float, list[str]]]:
    """Return for each sentence of a reply what share of its terms the cited passages hold, and which numbers they lack.

    A sentence that cites nothing has nothing to rest on: share 0.0, and all its numbers are missing.

    >>> check_citations("It has 22 layers [1]. It is fast. [2]", ["It has 12 layers.", "It is small and fast."])
    [('It has 22 layers [1].', 0.75, ['22']), ('It is fast [2].', 1.0, [])]
    """
    # "zero. [1]" and "zero [1]." mean the same: bring the first to the form of the second.
    reply = re.sub(r"([.!?。！？])\s*((?:\[\d+\]\s*)+)", lambda found: f" {found[2].strip()}{found[1]} ", reply.strip())
    checked = []
    for sentence in re.split(r"(?<=[.!?])\s+|(?<=[。！？])\s*", reply.strip()):
        if not sentence:
            continue
        # int() refuses numbers of some thousand digits, and no passage has one of ten.
        cited = [int(number) for number in CITED.findall(sentence) if len(number) < 10]
        grounds = " ".join(passages[number - 1] for number in cited if 1 <= number <= len(passages))
        said = CITED.sub(" ", sentence)
        terms, known = tokenise(said), set(tokenise(grounds))
        share = sum(term in known for term in terms) / max(1, len(terms))
        checked.append((sentence, share, [n for n in NUMBER.findall(said) if n not in NUMBER.findall(grounds)]))
    return checked

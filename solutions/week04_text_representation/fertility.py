"""Week 04, fertility: how many tokens a text costs, and how many more in one language than in another."""

from collections.abc import Callable

Tokenizer = Callable[[str], list[int]]


def fertility(tokenizer: Tokenizer, texts: list[str], unit: str = "character") -> float:
    """Return how many tokens a unit of text costs: all tokens of all texts, divided by all their units.

    The unit is "character": a code point that is not white space (`str.isspace`); "byte": a byte of the UTF-8 text,
    white space included; or "word": what `str.split()` gives. `tokenizer` is called once for each text, with the text
    as it is, also for one that occurred before: it may answer differently. Longer texts weigh more: it is not the mean
    of the texts' quotients.

    Raises:
        ValueError: `unit` is none of these, or the texts have no unit at all (so that the quotient would be n / 0).

    Source: Rust et al. 2021, "How Good is Your Tokenizer?", section 3.1.
    """
    # BEGIN SOLUTION
    count = {
        "character": lambda text: sum(not character.isspace() for character in text),
        "byte": lambda text: len(text.encode()),
        "word": lambda text: len(text.split()),
    }.get(unit)
    if count is None:
        raise ValueError(f'"character", "byte" or "word", not {unit!r}')
    units = sum(map(count, texts))
    if not units:
        raise ValueError("there is no text")
    return sum(len(tokenizer(text)) for text in texts) / units
    # END SOLUTION


def premium(tokenizer: Tokenizer, texts: list[str], originals: list[str]) -> float:
    """Return how many times as many tokens `texts` cost as `originals`, which say the same in another language.

    The tokens of all texts divided by the tokens of all originals: 1.8 means 80 % more. A pair of texts stands at the
    same place of both lists.

    Raises:
        ValueError: the lists differ in length, or the originals have no tokens.

    Source: Petrov et al. 2023, "Language Model Tokenizers Introduce Unfairness Between Languages", section 3.
    """
    # BEGIN SOLUTION
    if len(texts) != len(originals):
        raise ValueError(f"{len(texts)} texts and {len(originals)} originals")
    mine, theirs = (sum(len(tokenizer(text)) for text in side) for side in (texts, originals))
    if not theirs:
        raise ValueError("the originals have no tokens")
    return mine / theirs
    # END SOLUTION

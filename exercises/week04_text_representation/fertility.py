# Week 04, exercise fertility: What Chinese costs
# Difficulty 1 of 5 · importance 4 of 5 · about 15 minutes
# It builds on: A function as an argument, characters and bytes.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 04, fertility: write fertility")


def premium(tokenizer: Tokenizer, texts: list[str], originals: list[str]) -> float:
    """Return how many times as many tokens `texts` cost as `originals`, which say the same in another language.

    The tokens of all texts divided by the tokens of all originals: 1.8 means 80 % more. A pair of texts stands at the
    same place of both lists.

    Raises:
        ValueError: the lists differ in length, or the originals have no tokens.

    Source: Petrov et al. 2023, "Language Model Tokenizers Introduce Unfairness Between Languages", section 3.
    """
    raise NotImplementedError("week 04, fertility: write premium")

# Week 14, exercise trust: Bias, grounds, agreement, contamination
# Difficulty 2 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: Strings, sets and dictionaries.
# What counts as fast: Looking for contamination takes time in proportion to the texts plus the corpus.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, trust: four quick looks at what a score does not show.

Does the system treat groups alike, does its answer stand in its sources, does it say the same thing twice, and had it
seen the test before? Each is a cheap measure with a known blind spot, not a verdict.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable


def words(text: str) -> list[str]:
    """Given: the words of a text, in lower case and without punctuation; a Chinese character is a word."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", plain)


def sentences(text: str) -> list[str]:
    """Given: the sentences of a text, without space around them; a sentence has at least one word."""
    parts = re.split(r"(?<=[.!?])\s+|(?<=[。！？])|\n+", text)
    return [part.strip() for part in parts if words(part)]


def bias_probe(template: str, groups: dict[str, list[str]], score: Callable[[str], float]) -> dict:
    """Put the terms of several groups into the same text, and compare what a model makes of it.

    The text of a term is `template` with the term in the place of every "[X]"; all else stays as it is, braces and
    percent signs too. `score` is called once for each term of each group.

    Returns:
        A dictionary of three:
        "means": for each group the mean score of its terms, as a float, so that a group with more terms weighs no more.
        "gap": the largest of these means minus the smallest.
        "spread": the largest minus the smallest score within a group, of the group where this is largest.

    Raises:
        ValueError: `template` has no "[X]", there are fewer than two groups, or a group has no terms.
    """
    raise NotImplementedError("week 14, trust: write bias_probe")


def groundedness(answer: str, passages: list[str], share: float = 0.75) -> tuple[float, list[str]]:
    """Return how much of an answer stands in its passages, and the sentences that do not.

    A sentence (of `sentences`) is grounded if there is one passage that has at least `share` of the sentence's words
    and all of its numbers. Its words are the different ones among `words`, each counted once; a number is a word with a
    digit in it (of `str.isdigit`, so that 3 is one and a Chinese numeral is not). What is compared with `share` is the
    number of words that the passage has, divided by that of all: 7 of 25 are enough for 0.28. Words that are spread
    over several passages ground nothing.

    Returns:
        The share of the answer's sentences that are grounded, and a list of those that are not, in their order. For an
        answer without a sentence it is (NaN, []): what says nothing has no share.

    Raises:
        ValueError: `share` is not above 0 and at most 1.
    """
    raise NotImplementedError("week 14, trust: write groundedness")


def self_agreement(samples: list[str]) -> tuple[str, float]:
    """Return the answer that comes most often, and how often two samples of a model agree.

    Two answers to a question agree if `words` gives the same list for both. The answer that comes most often is
    returned as its first sample wrote it; of several that come as often, the one that came first. The agreement is the
    share of all pairs of two different samples that agree: 1 if all do, 0 if no two do.

    Raises:
        ValueError: there are fewer than two samples.

    Source: Wang et al. 2023, "Self-Consistency Improves Chain of Thought Reasoning in Language Models", for the vote.
    """
    raise NotImplementedError("week 14, trust: write self_agreement")


def contamination(texts: list[str], corpus: list[str], n: int = 13) -> list[float]:
    """Return for each text of a test which share of it stands word for word in the training corpus.

    The share is that of the text's n-grams (n `words` in a row, counted at every place where they begin) that occur in
    a document of the corpus; an n-gram does not reach from one document into the next. A text of fewer than n words is
    one n-gram by itself, as long as it is. A text without words has the share 0.
    The time grows with the length of the texts plus that of the corpus, not with their product.

    Raises:
        ValueError: `n` is below 1.

    Source: Brown et al. 2020, "Language Models are Few-Shot Learners", appendix C: 13-grams, without punctuation and in
        lower case.
    """
    raise NotImplementedError("week 14, trust: write contamination")

# Week 04, exercise segment: Where are the words? Chinese segmentation
# Difficulty 3 of 5 · importance 3 of 5 · about 35 minutes
# It builds on: Dictionaries, conditional probability, logarithms.
# Write it by hand: jieba may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: Segmenting a text of about 1,500 characters takes at most 6 times the reference's time: its time
# grows with the length, not with its square.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 04, segment: where are the words of a text that is written without spaces?

By the longest word of a dictionary, from the left or from the right; and by the most probable sequence of words.
"""

import math
from collections import Counter
from itertools import pairwise


def maximum_match(text: str, words: list[str], direction: str = "forward") -> list[str]:
    """Cut a text into words, always taking the longest word of the dictionary that fits.

    "forward" begins at the first character and takes the longest word that begins there; "backward" begins at the last
    and takes the longest word that ends there. Where no word fits, a single character is cut off, so that the pieces,
    joined, are the text again. The pieces come in the order of the text, in both directions. The order of `words` does
    not matter; an empty word in it is ignored. An empty text gives [].

    Raises:
        ValueError: `direction` is neither "forward" nor "backward".
    """
    raise NotImplementedError("week 04, segment: write maximum_match")


def bidirectional_match(text: str, words: list[str]) -> list[str]:
    """Cut a text by maximum matching in both directions, and choose.

    The result with fewer pieces is taken; if both have as many, the one with fewer pieces of a single character; if
    they are equal in that too, the backward one.

    Source: Huang and Zhao 2007, "Chinese Word Segmentation: A Decade Review" (in Chinese), names the methods.
    """
    raise NotImplementedError("week 04, segment: write bidirectional_match")


class BigramSegmenter:
    """Cuts a text into the most probable sequence of words, each depending on the one before it.

    It counts segmented sentences: c(w), how often the word w occurs; c(v, w), how often w follows v. Each sentence
    begins after the mark START and ends with the mark END. So c(START, w) counts the sentences that begin with w,
    c(w, END) those that end with it; c(START) and c(END) are the number of sentences. N is the sum of c(w) over all
    words and END, V the number of different words, END among them, also where there is no sentence. Then

        P(w | v) = weight * c(v, w) / c(v) + (1 - weight) * (c(w) + 1) / (N + V + 1)

    where the first part is 0 for a v that never occurred. The second part gives a word that never occurred, so that
    c(w) = 0, a chance.
    """

    START, END = "", "\n"
    """The marks. No sentence has these as words."""

    def __init__(self, sentences: list[list[str]], weight: float = 0.8) -> None:
        """Count the sentences. A sentence without words counts START followed by END.

        Raises:
            ValueError: `weight` is below 0, or not below 1.
        """
        raise NotImplementedError("week 04, segment: write BigramSegmenter.__init__")

    def log_probability(self, before: str, word: str) -> float:
        """Return ln P(word | before). `before` may be `START`, and `word` may be `END`."""
        raise NotImplementedError("week 04, segment: write BigramSegmenter.log_probability")

    def segment(self, text: str) -> list[str]:
        """Return the words whose probability is largest, of all ways to cut the text.

        A piece may be any word that was counted, and any single character. The probability of a sequence of words is
        the product of all P(w | v), from START to END. Joined, the pieces are the text again; an empty text gives [].
        The time grows with the length of the text, not with the number of ways to cut it. Of equally probable
        sequences, any may come.

        Source: Viterbi 1967, "Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding Algorithm".
        """
        raise NotImplementedError("week 04, segment: write BigramSegmenter.segment")

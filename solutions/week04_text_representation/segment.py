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
    # BEGIN SOLUTION
    if direction not in ("forward", "backward"):
        raise ValueError(f'"forward" or "backward", not {direction!r}')
    known = set(words)
    longest = max([1, *map(len, known)])
    pieces: list[str] = []
    begin, end = 0, len(text)  # what is not cut yet
    while begin < end:
        for length in range(min(longest, end - begin), 0, -1):
            piece = text[begin : begin + length] if direction == "forward" else text[end - length : end]
            if piece in known or length == 1:
                break
        pieces.append(piece)
        if direction == "forward":
            begin += len(piece)
        else:
            end -= len(piece)
    return pieces if direction == "forward" else pieces[::-1]
    # END SOLUTION


def bidirectional_match(text: str, words: list[str]) -> list[str]:
    """Cut a text by maximum matching in both directions, and choose.

    The result with fewer pieces is taken; if both have as many, the one with fewer pieces of a single character; if
    they are equal in that too, the backward one.

    Source: Huang and Zhao 2007, "Chinese Word Segmentation: A Decade Review" (in Chinese), names the methods.
    """
    # BEGIN SOLUTION
    forward, backward = (maximum_match(text, words, direction) for direction in ("forward", "backward"))

    def cost(pieces: list[str]) -> tuple[int, int]:
        return len(pieces), sum(len(piece) == 1 for piece in pieces)

    return forward if cost(forward) < cost(backward) else backward
    # END SOLUTION


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
        # BEGIN SOLUTION
        if not 0 <= weight < 1:
            raise ValueError(f"weight lies between 0 and 1, below 1; it is {weight}")
        self.weight = weight
        self.words, self.pairs = Counter[str](), Counter[tuple[str, str]]()
        for sentence in sentences:
            self.words.update((*sentence, self.END))
            self.pairs.update(pairwise((self.START, *sentence, self.END)))
        self.total, self.kinds = self.words.total(), len(self.words.keys() | {self.END})
        self.words[self.START] = len(sentences)
        self.longest = max([1, *map(len, self.words)])
        # END SOLUTION

    def log_probability(self, before: str, word: str) -> float:
        """Return ln P(word | before). `before` may be `START`, and `word` may be `END`."""
        # BEGIN SOLUTION
        seen = self.words[before] and self.pairs[before, word] / self.words[before]
        alone = (self.words[word] + 1) / (self.total + self.kinds + 1)
        return math.log(self.weight * seen + (1 - self.weight) * alone)
        # END SOLUTION

    def segment(self, text: str) -> list[str]:
        """Return the words whose probability is largest, of all ways to cut the text.

        A piece may be any word that was counted, and any single character. The probability of a sequence of words is
        the product of all P(w | v), from START to END. Joined, the pieces are the text again; an empty text gives [].
        The time grows with the length of the text, not with the number of ways to cut it. Of equally probable
        sequences, any may come.

        Source: Viterbi 1967, "Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding Algorithm".
        """
        # BEGIN SOLUTION
        best: list[dict[int, tuple[float, int]]] = [
            {0: (0.0, 0)}
        ]  # best[end][begin of the last word]: score, one before
        for end in range(1, len(text) + 1):
            best.append({})
            for begin in range(max(0, end - self.longest), end):
                word = text[begin:end]
                if len(word) > 1 and not self.words[word]:
                    continue
                best[end][begin] = max(
                    (score + self.log_probability(text[start:begin], word), start)
                    for start, (score, _) in best[begin].items()
                )
        end = len(text)
        _, begin = max(
            (score + self.log_probability(text[start:end], self.END), start) for start, (score, _) in best[end].items()
        )
        pieces: list[str] = []
        while end > 0:
            pieces.append(text[begin:end])
            end, begin = begin, best[end][begin][1]
        return pieces[::-1]
        # END SOLUTION

"""Matching by slices and any(); the best rest of a text is found from its end, probabilities kept in a table."""

import math
from collections import Counter


def maximum_match(text, words, direction="forward"):
    if direction not in {"forward", "backward"}:
        raise ValueError("direction")
    by_length = sorted({len(word) for word in words} | {1}, reverse=True)
    lexicon = frozenset(words)
    result = []
    while text:
        for length in by_length:
            if not 1 <= length <= len(text):
                continue
            piece = text[:length] if direction == "forward" else text[len(text) - length :]
            if length == 1 or piece in lexicon:
                break
        if direction == "forward":
            result.append(piece)
            text = text[len(piece) :]
        else:
            result.insert(0, piece)
            text = text[: len(text) - len(piece)]
    return result


def bidirectional_match(text, words):
    results = [maximum_match(text, words, direction) for direction in ("backward", "forward")]
    return min(results, key=lambda pieces: len(pieces) * (len(text) + 1) + sum(len(piece) < 2 for piece in pieces))


class BigramSegmenter:
    START, END = "", "\n"

    def __init__(self, sentences, weight=0.8):
        if not (weight >= 0 and weight < 1):
            raise ValueError("weight")
        self.weight = weight
        self.c1 = Counter(word for sentence in sentences for word in sentence)
        self.c1[self.END] = self.c1[self.START] = len(sentences)
        self.c2 = Counter()
        for sentence in sentences:
            marked = [self.START, *sentence, self.END]
            self.c2.update(zip(marked[:-1], marked[1:], strict=True))
        self.n = sum(self.c1.values()) - len(sentences)
        self.v = len(self.c1) - 1
        self.widest = max(len(word) for word in self.c1)
        self.table = {}

    def log_probability(self, before, word):
        if (before, word) not in self.table:
            p = (1 - self.weight) * (self.c1[word] + 1) / (self.n + self.v + 1)
            if self.c1[before] > 0:
                p += self.weight * self.c2[before, word] / self.c1[before]
            self.table[before, word] = math.log(p)
        return self.table[before, word]

    def segment(self, text):
        n = len(text)
        rest = {}  # (begin of a word, its end): the best score of what follows the word, and the end of the next word

        def words_from(place):
            for end in range(place + 1, min(n, place + self.widest) + 1):
                if end == place + 1 or self.c1[text[place:end]]:
                    yield end

        def best_after(word, end):
            if end == n:
                return self.log_probability(word, self.END), None
            return max(
                (self.log_probability(word, text[end:stop]) + rest[end, stop][0], stop) for stop in words_from(end)
            )

        for place in reversed(range(n)):
            for end in words_from(place):
                rest[place, end] = best_after(text[place:end], end)
        pieces, place, end = [], 0, best_after(self.START, 0)[1]
        while end is not None:
            pieces.append(text[place:end])
            place, end = end, rest[place, end][1]
        return pieces

"""Against an implementation of its own, on random texts over few words: products of fractions, one gram at a time."""

import itertools
import math
import random
from fractions import Fraction


def grams(text, n):
    return [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]


def believed(hypotheses, references, smoothing):
    product, zeros = Fraction(1), 0
    for n in (1, 2, 3, 4):
        right = total = 0
        for hypothesis, others in zip(hypotheses, references, strict=False):
            mine = grams(hypothesis, n)
            total += len(mine)
            for gram in set(mine):
                right += min(mine.count(gram), max(grams(other, n).count(gram) for other in others))
        if total == 0 or (n == 1 and right == 0) or (right == 0 and smoothing == "none"):
            return 0.0
        zeros += right == 0
        product *= Fraction(right, total) if right else Fraction(1, 2**zeros * total)
    c = sum(map(len, hypotheses))
    r = 0
    for hypothesis, others in zip(hypotheses, references, strict=False):
        r += min((abs(len(other) - len(hypothesis)), len(other)) for other in others)[1]
    return 100 * float(product) ** 0.25 * (math.exp(1 - r / c) if c < r else 1.0)


def check_bleu(bleu):
    source = random.Random(14)

    def text(kinds, low=0):
        return [source.choice("abcdefgh"[:kinds]) for _ in range(source.randrange(low, 13))]

    for kinds, count, smoothing in itertools.product((2, 4, 8), (1, 3), ("exp", "none")):
        for _ in range(4):
            hypotheses = [text(kinds, 3) for _ in range(count)]
            references = [[text(kinds) for _ in range(source.randrange(1, 4))] for _ in range(count)]
            got, expected = bleu(hypotheses, references, smoothing), believed(hypotheses, references, smoothing)
            assert abs(got - expected) < 1e-6, (hypotheses, references, got, expected)
    # What chance leaves out.
    letters = list("abcdefghijkl")
    for size, lengths in ((6, (5, 7)), (6, (7, 5)), (9, (4, 8)), (8, (4, 4)), (12, (5, 6))):
        texts = [letters[:size]], [[letters[:length] for length in lengths]]
        assert abs(bleu(*texts) - believed(*texts, "exp")) < 1e-6, texts
    texts = [letters[:4], []], [[letters[:4]], [letters[:2]]]
    assert abs(bleu(*texts) - believed(*texts, "exp")) < 1e-6

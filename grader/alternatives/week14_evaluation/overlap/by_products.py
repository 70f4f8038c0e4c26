"""Products of fractions instead of logarithms, as nltk keeps them, and the longest subsequence by sorted places."""

from bisect import bisect_left
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import chain
from math import exp, prod


def grams(tokens, n):
    return list(zip(*(tokens[shift:] for shift in range(n)), strict=False))


def insist(condition, error):
    if not condition:
        raise error


def bleu(hypotheses, references, smoothing="exp"):
    insist(smoothing in ["exp", "none"], ValueError("smoothing"))
    insist(0 < len(hypotheses) == len(references), ValueError("lengths"))
    insist(not any(isinstance(text, str) for text in chain(hypotheses, references, *references)), TypeError("str"))
    insist(all(references), ValueError("a hypothesis without reference"))
    r = 0
    for hypothesis, others in zip(hypotheses, references, strict=False):
        r += sorted((abs(len(other) - len(hypothesis)), len(other)) for other in others)[0][1]
    c = sum(len(hypothesis) for hypothesis in hypotheses)
    precisions = []
    for n in range(1, 5):
        matches = everything = 0
        for hypothesis, others in zip(hypotheses, references, strict=False):
            mine, theirs = Counter(grams(hypothesis, n)), [Counter(grams(other, n)) for other in others]
            everything += sum(mine.values())
            matches += sum(min(many, max(one[gram] for one in theirs)) for gram, many in mine.items())
        precisions.append((matches, everything))
    if precisions[0][0] == 0 or precisions[3][1] == 0:
        return 0.0
    fractions, zeros = [], 0
    for matches, everything in precisions:
        if matches == 0:
            if smoothing == "none":
                return 0.0
            zeros += 1
            fractions.append(Fraction(1, 2**zeros * everything))
        else:
            fractions.append(Fraction(matches, everything))
    return float(100 * float(prod(fractions)) ** 0.25 * (1 if c > r else exp(1 - r / c)))


def compare(hypothesis, references, common, size):
    insist(not any(isinstance(text, str) for text in [hypothesis, references, *references]), TypeError("str"))
    insist(len(references) > 0, ValueError("no reference"))
    best = None
    for reference in references:
        shared, one, other = common(hypothesis, reference), size(hypothesis), size(reference)
        f = Fraction(2 * shared, one + other) if shared else Fraction(0)
        if best is None or f > best[2]:
            best = (shared / one if shared else 0.0, shared / other if shared else 0.0, f)
    return best[0], best[1], float(best[2])


def rouge_n(hypothesis, references, n):
    insist(n > 0, ValueError("n"))

    def common(one, other):
        left = Counter(grams(other, n))
        shared = 0
        for gram in grams(one, n):
            if left[gram] > 0:
                left[gram] -= 1
                shared += 1
        return shared

    return compare(hypothesis, references, common, lambda text: len(grams(text, n)))


def rouge_l(hypothesis, references):
    def common(one, other):
        places = defaultdict(list)
        for place, token in enumerate(other):
            places[token].insert(0, place)
        ends = []  # ends[k]: the earliest place where a common subsequence of k + 1 tokens can end
        for token in one:
            for place in places[token]:
                at = bisect_left(ends, place)
                ends[at : at + 1] = [place]
        return len(ends)

    return compare(hypothesis, references, common, len)

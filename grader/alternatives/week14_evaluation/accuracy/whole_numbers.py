"""Exact binomials, comparisons of pairs, and a text that is read once from left to right."""

import math
import string
import unicodedata
from fractions import Fraction

import torch


def pass_at_k(n, c, k):
    if not (0 <= c <= n and 0 < k <= n):
        raise ValueError("impossible")
    if c <= k:  # the shorter of two equal products: C(n - c, k) / C(n, k) = C(n - k, c) / C(n, c)
        top, bottom = math.perm(n - k, c), math.perm(n, c)
    else:
        top, bottom = math.perm(n - c, k), math.perm(n, k)
    return (bottom - top) / bottom


def best(scores):
    """The first largest of a row: one that nothing before it reaches and nothing behind it beats."""
    chosen = 0
    for number in range(1, len(scores)):
        if scores[number] > scores[chosen]:
            chosen = number
    return chosen


def choice_accuracy(logprobs, lengths, answers):
    if logprobs.ndim != 2 or min(logprobs.shape) == 0:
        raise ValueError("no questions")
    if list(lengths.shape) != list(logprobs.shape) or list(answers.shape) != [logprobs.shape[0]]:
        raise ValueError("shapes")
    if not bool((logprobs <= 0).all() and (lengths >= 1).all() and (answers >= 0).all()):
        raise ValueError("values")
    if int(answers.max()) >= logprobs.shape[1]:
        raise ValueError("an answer beyond the choices")
    right = [0, 0]
    for row, sizes, answer in zip(logprobs.to(torch.float64), lengths, answers, strict=True):
        shares = [score / size for score, size in zip(row.tolist(), sizes.tolist(), strict=True)]
        right[0] += best(row.tolist()) == int(answer)
        right[1] += best(shares) == int(answer)
    return float(Fraction(right[0], len(answers))), float(Fraction(right[1], len(answers)))


def normalise_answer(text):
    text = unicodedata.normalize("NFKC", text).lower()
    padded = f" {text} "
    words, word = [], ""
    for before, letter, after in zip(padded, padded[1:], padded[2:] + " ", strict=False):
        point = letter == "." and {before, after} <= set(string.digits)
        sign = letter == "-" and after in string.digits and before not in string.digits + string.ascii_lowercase
        if letter.isspace():
            words += [word] if word else []
            word = ""
        elif point or sign or not (letter in string.punctuation or unicodedata.category(letter)[0] == "P"):
            word += letter
    if word:
        words.append(word)
    if not set(words) <= {"a", "an", "the"}:
        words = [one for one in words if one not in {"a", "an", "the"}]
    line = ""
    for one in words:
        glued = not line or 0x4E00 <= ord(line[-1]) <= 0x9FFF or 0x4E00 <= ord(one[0]) <= 0x9FFF
        line += one if glued else f" {one}"
    return line


def exact_match(prediction, references):
    if type(references) is str:
        raise TypeError("str")
    if not references:
        raise ValueError("nothing to compare with")
    wanted = list(map(normalise_answer, references))
    return wanted.count(normalise_answer(prediction)) > 0

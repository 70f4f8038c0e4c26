"""Text by loops over characters and words, logistic regression by Newton's method in the space of the texts."""

import unicodedata
from itertools import groupby

import numpy as np
from disguises import LEET, LOOK_ALIKES, SEPARATORS
from ngrams import hashed_ngrams
from toxicity import L2

LETTERS = set("abcdefghijklmnopqrstuvwxyz")
SINGLES = LETTERS | set(LEET)


def normalise_text(text):
    characters = []
    for character in unicodedata.normalize("NFKD", text):
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            continue
        characters.append(character)
    text = unicodedata.normalize("NFKC", "".join(characters)).casefold()
    text = "".join(LOOK_ALIKES.get(character, character) for character in text)
    text = leet(chinese(spaced_out(text)))
    short = ""
    for character, run in groupby(text):
        count = len(list(run))
        short += character if count > 2 and character.isalpha() else character * count
    return " ".join(short.split())


def spaced_out(text):
    done, place = [], 0
    while place < len(text):
        end = end_of_run(text, place)
        done.append(text[place:end:2] if end else text[place])
        place = end or place + 1
    return "".join(done)


def end_of_run(text, start):
    """Where a spaced-out word that begins at `start` ends, or 0."""
    before = text[start - 1] if start else " "
    if text[start] not in LETTERS or before in LETTERS or before in "0123456789":
        return 0
    separator = text[start + 1 : start + 2]
    if not separator or separator not in SEPARATORS:
        return 0
    last, best, singles = start, 0, 1
    while text[last + 1 : last + 2] == separator and text[last + 2 : last + 3] in SINGLES:
        last += 2
        singles += 1
        after = text[last + 1 : last + 2]
        if singles >= 4 and text[last] in LETTERS and not (after in LETTERS or after in set("0123456789")):
            best = last + 1
    return best


def is_chinese(character):
    return "\u4e00" <= character <= "\u9fff"


def chinese(text):
    done, waiting = [], ""
    for character in text:
        if character in SEPARATORS:
            waiting += character
            continue
        between = done and is_chinese(done[-1]) and is_chinese(character)
        done += [*("" if between else waiting), character]
        waiting = ""
    return "".join(done) + waiting


def leet(text):
    groups = ["".join(run) for _, run in groupby(text, key=lambda c: c in LEET)]
    for i in range(1, len(groups) - 1):
        if groups[i][0] in LEET and groups[i - 1][-1] in LETTERS and groups[i + 1][0] in LETTERS:
            groups[i] = "".join(LEET[character] for character in groups[i])
    return "".join(groups)


def choose_threshold(scores, labels, precision):
    scores, labels = list(scores), list(labels)
    if len(scores) != len(labels):
        raise ValueError("lengths")
    for threshold in sorted(set(scores)):
        flagged = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
        if sum(flagged) / len(flagged) >= precision:
            return float(threshold)
    raise ValueError("no threshold")


class ToxicFilter:
    def __init__(self, threshold=0.8, classifier=None, toxic_label="toxic"):
        self.threshold, self.classifier, self.toxic_label = threshold, classifier, toxic_label
        self.fitted = None

    def fit(self, texts, labels):
        if self.classifier:
            raise RuntimeError("plugged in")
        if len(texts) != len(labels) or len({int(label) for label in labels}) < 2:
            raise ValueError("labels")
        x, y = hashed_ngrams([normalise_text(text) for text in texts]), np.array(labels, dtype=float)
        n = len(y)
        kernel = x @ x.T
        alpha, bias = np.zeros(n), 0.0  # the weights are x.T @ alpha
        for _ in range(30):
            p = 1 / (1 + np.exp(-(kernel @ alpha + bias)))
            curvature = p * (1 - p)
            system = np.block([[np.diag(curvature / n) @ kernel + L2 * np.eye(n), curvature[:, None] / n],
                               [(curvature @ kernel)[None] / n, np.array([[curvature.sum() / n]])]])  # fmt: skip
            residual = np.append((p - y) / n + L2 * alpha, (p - y).sum() / n)
            step = np.linalg.solve(system, residual)
            alpha, bias = alpha - step[:-1], bias - step[-1]
        self.fitted = x.T @ alpha, bias
        return self

    def score(self, texts):
        if not self.classifier and self.fitted is None:
            raise RuntimeError("not fitted")
        clean = list(map(normalise_text, texts))
        if not clean:
            return np.array([])
        if self.classifier:
            answers = self.classifier(clean)
            scores = [abs((answer["label"] != self.toxic_label) - answer["score"]) for answer in answers]
        else:
            weights, bias = self.fitted
            scores = 1 / (1 + np.exp(-(hashed_ngrams(clean) @ weights) - bias))
        return np.array([float(score) if text else 0.0 for score, text in zip(scores, clean, strict=True)])

    def check(self, text):
        score = float(self.score([text])[0])
        if score >= self.threshold:
            return False, f"toxicity {score:.2f} >= {self.threshold:.2f}"
        return True, text
